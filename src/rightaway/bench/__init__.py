"""What `rightaway bench` runs: each path beside its floor, in the same run, as ratios."""
