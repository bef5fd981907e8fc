"""What prompts name, beside what the images carry: two bars for each bucket and for each attribute."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_engine.attributes import attribute
from prompt_engine.buckets import bucket_of, buckets
from prompt_engine.dataset_facts import Share, Shares

_CLEAR = 1.5  # a share this many times another is pointed out


def render_shares(shares: Shares, gender: str) -> str:
    """Both tables."""
    titles = {bucket.name: bucket.title for bucket in buckets(gender)}
    return (
        '<p class="legend"><span class="key named">share of all that prompts name</span>'
        '<span class="key carried">share of all that the images carry</span></p>'
        f'<div class="share-tables">{_table("Buckets", shares.by_bucket, titles.__getitem__)}'
        f"{_table('Attributes', _grouped(shares.by_label, gender), _attribute_title)}</div>"
    )


def _grouped(shares: Sequence[Share], gender: str) -> list[Share]:
    """Bucket by bucket, the largest share of the images first."""
    order = [bucket.name for bucket in buckets(gender)]
    return sorted(shares, key=lambda each: (order.index(bucket_of(gender, each.name).name), -each.carried))


def _table(title: str, shares: Sequence[Share], name: Callable[[str], str]) -> str:
    most = max(max(each.named, each.carried) for each in shares)
    rows = "".join(_row(each, name(each.name), most) for each in shares)
    sums = [sum(column) for column in zip(*((each.named, each.carried) for each in shares), strict=True)]
    return (
        f'<table class="shares numbers"><caption>{title}</caption><thead><tr><th scope="col">{title}</th>'
        '<td></td><th scope="col">Prompts</th><th scope="col">Images</th><th scope="col">Ratio</th></tr>'
        f'</thead><tbody>{rows}</tbody><tfoot><tr><th scope="row">Together</th><td></td>'
        f"<td>{sums[0]:.1f} %</td><td>{sums[1]:.1f} %</td><td></td></tr></tfoot></table>"
    )


def _attribute_title(label: str) -> str:
    return attribute(label).title


def _row(share: Share, title: str, most: float) -> str:
    kind = "" if share.ratio is None or 1 / _CLEAR < share.ratio < _CLEAR else ' class="clear"'
    return (
        f'<tr><th scope="row">{title}</th><td class="bars">'
        f'<i class="named" style="width: {share.named / most:.1%}"></i>'
        f'<i class="carried" style="width: {share.carried / most:.1%}"></i></td>'
        f"<td>{share.named:.1f} %</td><td>{share.carried:.1f} %</td>"
        f"<td{kind}>{'–' if share.ratio is None else f'{share.ratio:.2f}'}</td></tr>"
    )
