"""Sums told as people tell them, at the till, at the table, over a recipe: each worked out, or asked back, never guessed."""

# ruff: noqa: E501 - a sentence reads better on one line

from decimal import Decimal

import numpy as np
import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.told_sums import told
from assistant.steps import slots_sums
from assistant.steps.extraction import Document
from assistant.steps.slots import Material
from kernels.errors import UserError

BILL = Document(
    (
        "Bistro Oliva",
        "2 x Soup of the day 11.00",
        "Sea bass 17.50",
        "Mushroom risotto 13.50",
        "Sparkling water 3.00",
        "Total 45.00",
    )
)
RECEIPT = Document(("Trent Hardware", "Wood screws 4.20", "Sandpaper 2.80", "Door handle 19.00", "TOTAL 26.00"))
TRIP = Document(
    ("Hillside Primary School", "The cost is 12.50 for each child.", "Return the slip to Miss Adeyemi by 20 May 2026.")
)
MIX = Document(("Goldcrust Sponge Mix 425 g", "Add 3 eggs and 90 ml of water", "Bake at 180 C for 25 minutes"))
TABLETS = Document(("AMOXICILLIN 500 mg capsules", "Take ONE capsule THREE times a day", "21 capsules"))
FEE = Document(
    ("Passport Office", "Your passport expires on 30 April 2027.", "Renewal costs 88.50", "Allow six weeks.")
)

STORIES = """
gas was eighty one twenty, leccy fifty four, water thirty three sixty, so all in that's | 168.8
the coat was a hundred and twenty nine and they've knocked a quarter off, so it's what now | 96.75
twelve eggs at thirty pence each erm sorry thirty five pence each | 4.2
we're seven at the table and the bill's ninety eight, what do we each chip in | 14
milk one thirty five, bread one forty, paper two twenty. altogether? | 4.95
if it's 0.15 a minute and i was on for 40 minutes | 6
service charge of twelve and a half per cent on eighty | 10
three tenners and four fivers what's that | 50
take nineteen sixty two away from twenty twenty six | 64
five eighths of forty | 25
what's left if i had fifty and spent twenty two fifty | 27.5
change from a tenner if it's six forty | 3.6
i gave her a twenty and it was thirteen sixty, what do i get back | 6.4
what's my change out of fifty if it comes to thirty one twenty | 18.8
bill's sixty four and there's four of us, what's that each | 16
split ninety six between the eight of us | 12
me and my three mates owe eighty eight what's my share | 22
me and my sister are going halves on a hundred and thirty | 65
twenty percent off a forty five pound jumper | 36
a jumper's forty five with twenty percent off | 36
it was sixty and there's a third off | 40
half price off thirty eight quid | 19
the telly was 300 reduced by 15 percent, how much do i save | 45
six for three pounds thirty, how much is one | 0.55
four tickets at twelve fifty each | 50
four tickets twelve fifty each | 50
eight lots of three pound fifty | 28
two loaves at one forty and three pints at ninety five pence | 5.65
i get paid eleven fifty an hour and i did seven hours | 80.5
if i take two tablets four times a day for seven days how many do i need | 56
how long will twenty eight tablets last at two a day | 14
i've got twenty one tablets and take three a day, how many days is that | 7
nine pounds a week for a year | 468
twelve ninety nine a month for twelve months | 155.88
the recipe says 250 grams for four people and i'm cooking for six | 375
it needs two hundred grams for 4 and there are ten of us | 500
double three hundred and fifty grams | 700
i'm saving up for a three hundred pound chair and i've got a hundred and twenty how much more do i need | 180
what's fifteen per cent tip on thirty two quid | 4.8
ten percent tip on forty five split five ways | 9.9
a third of ninety six forty | 32.13
what's half of seventeen and a quarter | 8.625
taxi was eight pounds and the tip two, lunch fourteen, what did i spend | 24
add twelve fifty, nine ninety nine and four | 26.49
bread's one twenty, cheese is three fifty and a paper's two pounds, what do i owe | 6.7
four at two ninety nine | 11.96
what's a hundred and forty four divided by twelve | 12
two and a half times eighteen | 45
what's seventeen and a half percent of two hundred | 35
sixty quid less a tenner | 50
twenty minus thirteen forty | 6.6
thirty six pounds between nine | 4
what do i get back from twenty if i buy three at four fifty | 6.5
i paid with a fifty and it came to forty one eighty five | 8.15
if a stamp's one thirty five how much are six | 8.1
stamps are one thirty five, i want six | 8.1
there's three of us in the house and the gas is ninety six forty, what's a third | 32.13
how many sixes in ninety | 15
plus vat at twenty percent on fifty | 60
fifty plus twenty percent vat | 60
i've got seven pounds eighty and bus fare's two forty, what's left | 5.4
my pension's two hundred and twenty a week, what's that a month over four weeks | 880
eggs two eighty five and milk one forty five | 4.3
a dozen eggs is three sixty so what's one egg | 0.3
one and a half times three hundred grams | 450
halve two hundred and fifty | 125
three quarters of a hundred and sixty | 120
nine hundred and sixty a year, so a month is | 80
I owe Pat forty and I've given her fifteen, what's still owing | 25
My shopping came to 23.65 and I handed over thirty pounds. What should I get back? | 6.35
window cleaner's twelve quid a go and he comes every four weeks so what's that for thirteen visits | 156
each bus is two fifty and i take four a week | 10
how much would five second class stamps be at eighty five pence | 4.25
we've clubbed together for a present, ninety pounds, nine of us | 10
one pound eighty five plus two pounds sixty | 4.45
if it's fifteen percent off and the price is two hundred what will i pay | 170
what is two thirds of ninety | 60
fourteen times nine | 126
eleven squared | 121
seven point five plus three point two five | 10.75
what's a half of three hundred and fifty grams | 175
the bottle says 500 ml and i use 20 ml a day how long will it last | 25
rent is six hundred and fifty a month, what's that a year | 7800
a hundred and fifty take away sixty seven | 83
knock ten percent off eighty | 72
add a ten percent tip to thirty four fifty | 3.45
thirty four fifty with ten percent service on | 37.95
what's my share if three of us split fifty one | 17
share forty two between six | 7
how much is each if five of us pay sixty | 12
if i buy three shirts at fourteen ninety nine what's the total | 44.97
two for one fifty, what are they each | 0.75
half a dozen eggs at twenty five pence each | 1.5
i had a hundred pounds, spent thirty five on food and twelve on the taxi, what have i got left | 53
started with eighty, gas took forty two ten | 37.9
i need forty pounds and i've got twenty eight fifty, how much am i short | 11.5
multiply twelve by fifteen and take away twenty | 160
how many times does seven go into a hundred and five | 15
what's six percent of one thousand two hundred | 72
what percentage is thirty of a hundred and twenty | 25
my bill went up from eighty to ninety two, how much more is that | 12
it was forty two last week and thirty seven this week what's the difference | 5
two hundred divided into five equal parts | 40
twenty five pence times sixteen | 4
thirteen weeks at nine fifty a week | 123.5
carers come three times a day for seven days, how many visits | 21
if one tablet is 250 milligrams what's three tablets | 750
three tablets of two fifty milligrams | 750
i was born in nineteen forty eight how old am i in twenty twenty six | 78
two coffees at three twenty and a cake at two eighty | 9.2
coffee three twenty, cake two eighty, and i've a five pound voucher, what do i pay | 1
ten pounds minus three ninety nine minus two fifty | 3.51
a third off a ninety pound coat | 60
twenty quid between me and my brother | 10
petrol's one forty a litre and i put thirty in | 42
the train's eighteen forty return and i get a third off with my railcard | 12.27
buy one get one half price at twelve pounds | 18
how much is it for two adults at nine fifty and three kids at five | 34
it's four fifty for three so what's one | 1.5
double twelve and add five | 29
the average of 12, 15 and 18 | 15
minus eight plus fifteen | 7
fifty pence a day for a fortnight | 7
how much do i save at twenty percent off sixty | 12
12 x 7.5 | 90
nine eighty plus four twenty five then halve it | 7.02
what's three lots of two and a half | 7.5
the window man wants twelve fifty and the gardener thirty, what'll that be all together | 42.5
i've twenty quid, bus there and back is four sixty, what am i left with | 15.4
if four of us share a taxi that's twenty two pounds how much do i put in | 5.5
two for three pounds so how much for eight | 12
rice is one ninety a kilo and i want three kilos | 5.7
forty percent of three hundred and fifty | 140
what's thirty five times twelve | 420
a pack of 24 shared by six kids | 4
how much is twelve stamps at eighty seven pence each | 10.44
the bill was fifty five eighty and i'm leaving ten percent on top | 61.38
my mum gave me sixty and i've spent nineteen ninety nine | 40.01
paint's eighteen pounds a tin and i need five tins | 90
a fifth of eighty five | 17
three hundred minus forty seven point five | 252.5
seven nights at eighty two pounds a night | 574
if i walk two point five miles a day how far is that in a week | 17.5
fifteen pound coat, thirty percent off | 10.5
what do i pay for six at one twenty five | 7.5
hundred and eighty grams times one and a half | 270
whats 1250 divided by 12 | 104.1667
what is 3/4 of 60 | 45
cake mix four ninety, candles one fifty, card two twenty five, how much altogether | 8.65
i owe twelve to jo and eight fifty to pat, what's that come to | 20.5
i get two hundred and ten a week and rent is ninety five what's left | 115
"""


def _material(document: Document | None = None, value: str = "", said: str = "") -> Material:
    return Material(lambda texts: np.eye(len(texts), dtype=np.float32), document, said, value, said)


def _worked_out(words: str, material: Material) -> Decimal:
    filled = slots_sums.calculate(words, material)
    assert isinstance(filled, dict), filled
    return evaluate(filled["expression"]).value


def test_sums_are_understood_as_they_are_told() -> None:
    cases = [line.split(" | ") for line in STORIES.strip().splitlines()]
    wrong = [
        (words, value)
        for words, value in cases
        if abs(_worked_out(words, _material()) - Decimal(value)) > Decimal("0.006")
    ]
    assert len(cases) > 120 and wrong == []


@pytest.mark.parametrize("people", [2, 3, 8])
@pytest.mark.parametrize(
    "words",
    [
        "there's {n} of us and the bill is {sum} what's that each",
        "we're {n} and it came to {sum}, what do we each chip in",
        "{sum} between {n} of us",
        "what's my share of {sum} for a table of {n} if we split it",
        "a table of {n}, the bill's {sum}, how much a head",
    ],
)
def test_a_bill_is_shared_by_any_number(words: str, people: int) -> None:
    assert _worked_out(words.format(n=people, sum=people * 12), _material()) == 12


@pytest.mark.parametrize("note", [("a fiver", 5), ("a tenner", 10), ("a twenty", 20), ("fifty", 50)])
@pytest.mark.parametrize(
    "words",
    [
        "what's my change from {note} if it's 3.40",
        "it was 3.40 and i gave him {note}, what do i get back",
        "if i pay 3.40 with {note} what change do i get",
    ],
)
def test_change_is_given_from_any_note(words: str, note: tuple[str, int]) -> None:
    assert _worked_out(words.format(note=note[0]), _material()) == note[1] - Decimal("3.40")


@pytest.mark.parametrize(
    "story",
    [
        "every four weeks for thirteen visits",
        "i am seventy two and he is sixty",
        "8 or 9 of us may come",
    ],
)
def test_numbers_without_a_question_are_no_sum(story: str) -> None:
    assert told(story) is None
    with pytest.raises(UserError):
        evaluate(story)


@pytest.mark.parametrize(
    ("document", "words", "value"),
    [
        (BILL, "put ten percent on", "49.5"), (BILL, "if i leave fifty what comes back to me", "5"),
        (BILL, "what's a third of what's owing here, there's three of us", "15"),
        (BILL, "what if i only had the sea bass and the water", "20.5"),
        (BILL, "add eighteen pounds fifty to it", "63.5"), (BILL, "is a fifty enough, what's the change", "5"),
        (RECEIPT, "tot up the screws and the sandpaper for me off this receipt", "7"),
        (RECEIPT, "what's left of the total without the door handle", "7"), (TRIP, "how much is it if i've got three kids going", "37.5"),
        (MIX, "and if i do two of these boxes how many eggs is that", "6"), (TABLETS, "how many days will these last me at three a day", "7"),
        (FEE, "what would the renewal be if two of us do it", "177"),
    ],
)  # fmt: skip
def test_sums_on_print_take_the_amounts_that_are_meant(document: Document, words: str, value: str) -> None:
    assert _worked_out(words, _material(document)) == Decimal(value)


@pytest.mark.parametrize(
    ("last", "words", "value"),
    [("49.5", "divide by five", "9.9"), ("50", "what's left after i spend twenty two fifty", "27.5"),
     ("102", "then halve it", "51"), ("60", "take off ten", "50"), ("96", "what's a third of it", "32")],
)  # fmt: skip
def test_a_sum_goes_on_from_the_last_result(last: str, words: str, value: str) -> None:
    assert _worked_out(words, _material(value=last)) == Decimal(value)


def test_some_of_a_quoted_amount_is_worked_out() -> None:
    assert _worked_out("what's four of those", _material(said="The excess is 75 pounds a claim.")) == 300
