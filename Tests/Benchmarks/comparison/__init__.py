"""pantograph beside nginx, Envoy and Traefik: the same calls, mirrored by each in turn, on one core."""
