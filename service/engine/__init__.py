"""Policy and application to an Assessment: pure, without clock, disk, network or environment."""
