"""Pictures drawn by the server: where each line, bar and word of an SVG goes. Geometry only; the words are templates'."""
