"""What all staff pages share: who is signed in, signing in, the way to one's work, and the administration."""
