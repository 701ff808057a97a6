"""Chat templates come from strangers: published ones work, hostile ones end soon and small."""

import re
import resource

import pytest

from decoder.templates import ChatTemplate

MESSAGES = [{"role": "user", "content": " Hello\nthere "}, {"role": "assistant", "content": "Yes."}]
HOSTILE = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "recursion": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "product": "{{ 'a' * 2000000000 }}",
    "product-of-lists": "{{ [1] * 2000000000 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "format": "{{ '%2000000000d' % 3 }}",
    "method": "{{ 'a'.center(2000000000) }}",
    "format-method": "{{ '{:2000000000d}'.format(3) }}",
    "format-item": "{{ 'a'['format']() }}",
    "filter": "{{ 'a' | center(2000000000) }}",
    "replace": "{% set x = 'a' | replace('a', 'b' * 9) %}" + "{% set x = x | replace('b', 'bbbbbbbbbb') %}" * 12,
    "indent": "{{ messages | tojson(indent=2000000000) }}",
    "doubling": "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 40,
    "adding": "{% set x = 'aaaaaaaa' %}" + "{% set x = x + x %}" * 40,
    "namespace": "{% set n = namespace(x='aaaa') %}{% for i in range(90) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "parts": "{% set x = 'a' %}{{ " + " ~ ".join("x" * 900) + " }}",
    "output": "{% for i in range(90000) %}" + "a" * 50000 + "{% endfor %}",
    "block": "{% set x %}{% for i in range(90000) %}" + "a" * 50000 + "{% endfor %}{% endset %}",
    "join": "{{ range(90000) | join('" + "a" * 50000 + "') }}",
    "lipsum": "{{ lipsum(100000) }}",
    "class": "{{ ''.__class__.__mro__ }}{{ raise_exception.__globals__.sys }}",
    "attribute": "{{ raise_exception | attr('__globals__') }}",
    "file": "{% include '/etc/passwd' %}",
    "nested": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "size": "x" * 70_000,
    "no-text": "{{ '\\ud800' }}",
    "refusal": "{{ raise_exception('no such role') }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_and_stays_small(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match=r"^.{3,250}$"):  # none of them would end by itself within hours
        ChatTemplate(HOSTILE[name]).render({"messages": MESSAGES})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


def test_what_published_templates_use_works() -> None:
    template = ChatTemplate(
        "{% set n = namespace(found=false) %}{% for m in messages if m.role != 'x' %}{% set n.found = true %}"
        "{{ loop.index0 + 1 }}{{ m['content'] | trim | upper }}{{ m.content.split('\\n')[-1].strip() }}"
        "{{ {'a': 'é'} | tojson }}{% endfor %}{{ n.found }}{{ 7 % 3 }}{{ 2 * 3 }}{{ ['a', 'b'] | join(', ') }}"
        "{{ 'a-b' | replace('-', '+') }}{{ messages[1:] | length }}{{ messages | map(attribute='role') | list }}"
        "{{ strftime_now('%Y') }}{{ missing is defined }}{{ 'x\ny' | indent(2) }}{{ 'a' + 'b' }}"
    )
    text = template.render({"messages": MESSAGES})
    expected = (
        r"1HELLO\nTHEREthere\{\"a\": \"é\"\}2YES\.Yes\.\{\"a\": \"é\"\}True16a, ba\+b1\['user', 'assistant'\]\d{4}False"
        r"x\n  yab"
    )
    assert re.fullmatch(expected, text), text


def test_a_long_conversation_is_within_the_limits() -> None:
    template = ChatTemplate(
        "{% for m in messages %}{% if m.role == 'user' %}U{{ m.content }}{% else %}A{% endif %}{% endfor %}"
    )
    text = template.render({"messages": [{"role": "user", "content": "x" * 500}] * 1000})
    assert len(text) == 501_000
