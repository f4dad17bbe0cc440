"""The group's page: a door for anyone in the country."""
