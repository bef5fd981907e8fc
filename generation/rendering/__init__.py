"""From starting noise to pictures: both arms, step by step."""
