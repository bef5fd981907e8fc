"""In which language a visitor reads the page.

The page is made in English, and one catalogue puts it into another language at its two edges: the document
that is opened, and the answers to its clicks. So every sentence is written once, where it belongs, with its
figures; who writes one needs to know of no catalogue, and one that is missing there is read in English.
Gradio's own way, `gr.I18n`, follows the browser alone and knows nothing of sentences with figures.
"""
