"""What the server says of itself to machines: in FHIR's words, in OpenAPI's."""
