"""What any program may ask: the catalogue, each service's JSON Schema, and sending a request."""
