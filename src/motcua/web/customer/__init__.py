"""The customer's pages: services, forms, paying, following. Every act works without JavaScript."""
