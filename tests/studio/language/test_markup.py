"""Words of HTML and Markdown in another language."""

from studio.language.catalogue import Catalogue
from studio.language.markup import say_markdown, say_markup

WORDS = Catalogue(
    {
        "Close": "Schließen",
        "Man": "Mann",
        "{images:n} images": "{images} Bilder",
        "a <b": "ein <b",
        "One and *two*.": "Eins und *zwei*.",
        "of {name}": "von {name}",
    }
)


def test_text_and_spoken_attributes_are_said_and_the_rest_stays() -> None:
    html = '<p class="Man" title="Close"> Close<b data-x="Man">1,200 images</b> Unknown</p>'
    assert say_markup(html, WORDS.say) == (
        '<p class="Man" title="Schließen"> Schließen<b data-x="Man">1.200 Bilder</b> Unknown</p>'
    )


def test_code_and_what_is_of_a_language_stays_with_all_in_it() -> None:
    html = '<div lang="en">Man<img alt="Man"><div>Man</div></div><code>Man</code><p>Man</p>'
    assert say_markup(html, WORDS.say) == html.replace("<p>Man</p>", "<p>Mann</p>")


def test_what_a_visitor_wrote_stays_escaped() -> None:
    written = "&lt;script&gt;alert(1)&lt;/script&gt;"
    html = f'<p title="{written} &quot;">of {written}</p><p>a &lt;b</p>'
    assert say_markup(html, WORDS.say) == (f'<p title="{written} &quot;">von {written}</p><p>ein &lt;b</p>')


def test_paragraphs_of_markdown_are_said_as_one_text_each() -> None:
    text = "<h3>Close</h3>\n\nOne and\n*two*.\n\n> Close\n> stays\n\n## Man"
    assert (
        say_markdown(text, WORDS.say)
        == "<h3>Schließen</h3>\n\nEins und *zwei*.\n\n> Close > stays\n\n## Mann"
    )
