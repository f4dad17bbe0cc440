"""What a message means: its values, its intents and how sure we are. Pure functions of text, instant and state.

Nouns: spelled (a message brought to plain folded words), slot (a value with its span), understood (intents ranked,
with a band of confidence). `meaning.understand` joins them; `store` keeps the trained model of this home.
Nothing here knows a database or a channel. The words stand in `../data`: one file an intent, easy to edit.
"""
