"""What public-service portals call: dossiers in, papers, status, results, fees. Signed calls of known portals only."""
