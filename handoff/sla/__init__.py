"""Business hours and service-level clocks. Pure."""
