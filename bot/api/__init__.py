"""The HTTP edge: routes, their bodies and answers, and the one map from errors to status."""
