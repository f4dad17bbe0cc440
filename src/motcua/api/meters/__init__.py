"""What head-ends call: readings of registers by the hundred thousand. See docs/reference/meter-api.md."""
