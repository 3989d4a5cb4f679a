"""REST API v1 (docs/api.md): what the software of départements speaks, by changing a base URL and a token.

An endpoint is a view of a few lines: `@describes` says what it takes, gives and refuses, from which /api/openapi.json
is made; `@api_call` lets in; `asked` reads the body, `answer` writes one.
"""
