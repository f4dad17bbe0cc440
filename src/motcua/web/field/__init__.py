"""The crew's face, on a phone: today's and tomorrow's visits, what to do at the door, signatures, the meter, the light."""
