"""Programs killed at random moments again and again, to see that they simply go on: `make kills`."""
