"""What the page calls the genders and the ways to draw prompts."""

GENDER_TITLES = {"male": "Man", "female": "Woman"}
MODE_TITLES = {
    "legacy": "Documented weights",
    "faithful": "As in the data",
    "uniform": "All prompts alike",
    "coverage": "Rare ones first",
}
