"""Where wallets and services that tell of credits call us. Each call is genuine, then stored, then answered."""
