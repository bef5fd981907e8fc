"""What helps on a first visit: whose portraits are shown, first steps, examples, terms, costs."""
