"""Whether the app is well: its log and `/health`, without a word about who asked for what."""
