"""The HTTP room: strict reading of requests, the v1 routes, one error shape, OpenAPI, the server."""
