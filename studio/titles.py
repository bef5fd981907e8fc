"""What the page calls the genders and the ways to draw prompts."""

GENDER = "Perceived gender"  # CelebA's label says how somebody looked to those who labelled
GENDER_TITLES = {"male": "Man", "female": "Woman"}
MODE_TITLES = {
    "legacy": "Documented weights",
    "faithful": "As in the data",
    "uniform": "All prompts alike",
    "coverage": "Rare ones first",
}
