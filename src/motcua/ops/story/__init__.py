"""`motcua story`: the article's journey against the running server, over HTTP, as the outside world would."""
