// Reads data-read aloud by the device's own voices alone.
if (window.speechSynthesis) {
  const speech = speechSynthesis, button = document.querySelector("[data-listen]")
  const words = [button.innerText, button.dataset.listen]
  const voiceOf = (code) => speech.getVoices().find((v) => v.localService && v.lang.startsWith(code.slice(0, 2)))
  const show = (on) => (button.textContent = words[+on])
  const look = () => button.hidden = !voiceOf(document.documentElement.lang)
  const stop = () => { speech.cancel(); show(false) }
  const read = (part) => {
    const said = new SpeechSynthesisUtterance(part.innerText)
    said.lang = part.closest("[lang]").lang
    said.voice = voiceOf(said.lang)
    said.onend = () => show(speech.pending)
    if (said.voice && said.text) speech.speak(said)
  }
  button.onclick = () => {
    if (button.textContent === words[1]) return stop()
    show(true)
    document.querySelectorAll("[data-read]").forEach(read)
  }
  onpagehide = stop
  speech.onvoiceschanged = look
  look()
}
