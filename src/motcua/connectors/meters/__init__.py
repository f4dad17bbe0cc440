"""Head-ends: metering systems that hand in what registers showed. See docs/reference/meter-api.md."""
