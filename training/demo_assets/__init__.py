"""Makes everything under `assets/` from nothing but the code and, for the counts, a CelebA folder."""
