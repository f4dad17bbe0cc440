"""Pure decisions: plain values in, plain values out. Prices come in as a `tariffs.book.PriceBook`."""
