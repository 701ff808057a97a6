"""Makes assets/looking/objects.json: for each ImageNet-1k class the plain phrase to say, its kind and its wider kind.

    python -m training.object_names

The class names are those of torchvision (BSD-3-Clause). Jargon gets the word a person would use; classes with the same
phrase are one thing and their probabilities are added. Hazards are things to name first.
"""

import json
from pathlib import Path

TABLE = Path(__file__).parents[1] / "assets" / "looking" / "objects.json"

# kind: (phrase, wider kind, class numbers); "a-b" is a range, both ends included
KINDS = {
    "fish": ("a fish", "an animal", "0-6 389-397"),
    "bird": ("a bird", "an animal", "7-24 80-100 127-146"),
    "salamander": ("a salamander", "an animal", "25-29"),
    "frog": ("a frog", "an animal", "30-32"),
    "turtle": ("a turtle", "an animal", "33-37"),
    "lizard": ("a lizard", "an animal", "38-48"),
    "crocodile": ("a crocodile", "an animal", "49-50"),
    "snake": ("a snake", "an animal", "52-68"),
    "spider": ("a spider", "an animal", "70 72-77"),
    "insect": ("an insect", "an animal", "69 71 78 79 300-326"),
    "crab": ("a crab or lobster", "an animal", "118-126"),
    "dog": ("a dog", "an animal", "151-268 273-275"),
    "wolf": ("a wolf", "an animal", "269-272"),
    "fox": ("a fox", "an animal", "277-280"),
    "cat": ("a cat", "an animal", "281-285"),
    "wild cat": ("a wild cat", "an animal", "286-293"),
    "bear": ("a bear", "an animal", "294-297"),
    "rabbit": ("a rabbit", "an animal", "330-332"),
    "rodent": ("a small rodent", "an animal", "333-338"),
    "cow": ("cattle", "an animal", "345-347"),
    "sheep": ("a sheep or goat", "an animal", "348-350"),
    "monkey": ("a monkey or ape", "an animal", "365-384"),
    "animal": ("an animal", "an animal", "51 101-117 147-150 276 298 299 327-329 339-344 351-364 385-388"),
    "produce": ("fruit or vegetables", "food", "936-957 987 988 989 990"),
    "mushroom": ("a mushroom", "food", "947 991-997"),
    "dish": ("food", "food", "924-935 959-967 969"),
    "bottle": ("a bottle", "a container", "440 503 631 720 737 838 898 899 901 907 585 711"),
    "package": ("a carton or packet", "a container", "478 692 653 728 519 700 999"),
    "cup": ("a cup or glass", "a container", "441 504 505 550 572 968 647 849"),
    "vessel": ("a pot or bowl", "a container", "469 521 544 567 659 725 738 809 909 923 463 876 756 427 883"),
    "box": ("a box or basket", "a container", "492 588 709 790 636 637 728 868"),
    "car": ("a car", "a vehicle", "407 436 468 511 609 627 656 661 717 734 751 817 654"),
    "lorry": ("a lorry or truck", "a vehicle", "555 569 675 864 867 586 595 803 847 866 856"),
    "bus": ("a bus or tram", "a vehicle", "779 829 874"),
    "train": ("a train", "a vehicle", "466 547 565 705 820"),
    "bicycle": ("a bicycle", "a vehicle", "444 671 870 880"),
    "motorbike": ("a motorbike or scooter", "a vehicle", "665 670"),
    "boat": ("a boat or ship", "a vehicle", "403 472 484 510 554 576 625 628 724 780 814 833 871 914 833"),
    "aircraft": ("an aircraft", "a vehicle", "404 405 417 895 812"),
    "vehicle": ("a vehicle", "a vehicle", "408 450 537 561 573 575 603 612 690 757 802"),
    "screen": ("a screen", "an electronic device", "527 598 664 782 851 590 681 620 916"),
    "phone": ("a phone", "an electronic device", "487 528 707"),
    "clock": ("a clock or watch", "a device", "409 530 531 892 826 604 835"),
    "device": ("an electronic device", "an electronic device",
               "475 481 482 485 508 592 605 613 632 650 651 662 673 713 732 742 745 754 759 761 778 810 844 848 878"),
    "appliance": ("a household appliance", "an electronic device",
               "534 545 589 606 742 760 766 811 827 859 882 891 897"),
    "furniture": ("a piece of furniture", "furniture",
                  "423 431 453 493 495 516 520 526 532 548 553 559 564 648 703 765 831 846 857 861 894 533"),
    "clothing": ("a piece of clothing", "clothing",
                 "399 400 411 443 445 457 459 474 501 568 578 601 608 610 614 615 617 638 639 652 655 658 689 697 "
                 "735 775 806 824 834 841 842 869 887 906 451 433 434 529"),
    "shoe": ("a shoe or boot", "clothing", "502 514 630 770 774 788"),
    "hat": ("a hat or helmet", "clothing", "439 452 515 518 560 667 715 793 796 808"),
    "glasses": ("glasses", "clothing", "836 837"),
    "bag": ("a bag", "a container", "414 748 797 893"),
    "tool": ("a tool", "a tool",
             "473 477 491 499 512 587 596 623 731 740 783 784 792 813 828 462 618 677 714 798 "
             "769 772 623 855 621 730"),
    "instrument": ("a musical instrument", "a musical instrument",
                   "401 402 420 432 486 513 541 542 546 558 566 577 579 593 594 641 642 683 684 687 699 "
                   "776 822 875 881 889"),
    "ball": ("a ball", "sports gear", "429 430 522 574 722 768 805 852 890 746"),
    "sports gear": ("sports gear", "sports gear", "416 422 543 602 702 747 752 795 801"),
    "paper": ("a book or printed page", "something printed", "549 692 917 918 921 922 446 624"),
    "sign": ("a sign", "something printed", "919 920"),
    "shop": ("a shop", "a building", "415 424 454 467 509 582 762 788 860 865"),
    "building": ("a building", "a building",
                 "410 415 424 425 449 454 467 483 497 498 500 509 580 582 624 660 663 668 698 706 716 727 743 "
                 "762 788 832 860 865 900 915"),
    "landscape": ("an outdoor scene", "an outdoor scene", "970 972-980 460 525 536 718 821 839 888 825 912 978"),
    "plant": ("a plant or flower", "a plant", "738 883 984-986"),
    "person": ("a person", "a person", "981-983"),
}  # fmt: skip

# the word a person would use, where torchvision's name is jargon, a make, or too fine; a phrase with its article
PLAIN = {
    "a cash machine": "480", "a mobile phone": "487", "a telephone": "528 707", "a laptop": "620 681",
    "a computer screen": "664 782", "a keyboard": "508 878 810", "sunglasses": "836 837", "a swimsuit": "638 639 445",
    "an apple": "948", "a cabbage": "936", "a courgette": "939", "a squash": "940-942", "a pepper": "945",
    "a mushroom": "947 992 997", "an orange": "950", "a pomegranate": "957", "a mug": "504", "a cup": "968",
    "a glass": "441 572", "a packet": "692", "a carton": "478", "a bin": "412", "a plaster": "419",
    "a kettle": "505 849",
    "a car": "436 468 511 609 627 656 661 751 817", "a van": "654 675 734", "a pickup truck": "717", "a lorry": "867",
    "a rubbish lorry": "569", "a fire engine": "555", "a bicycle": "444 671", "a motor scooter": "665 670",
    "a tap or basin": "896", "a washing machine": "897", "a fridge": "760", "a cooker": "827",
    "an electric fan": "545",
    "a hairdryer": "589", "an iron": "606", "a toilet": "861", "a bath": "435 876", "a table": "532", "a sofa": "831",
    "a bed": "564", "a cot": "520 431 516", "a wardrobe": "894", "a bookcase": "453", "a knife": "499 623",
    "a pan": "567 909",
    "a pot": "469 521 544 738", "a bowl": "659 809", "a plate of food": "923", "soup": "925", "stew": "926",
    "trifle": "927",
    "ice cream": "928", "an ice lolly": "929", "a loaf of bread": "930", "mashed potato": "935", "pasta": "959",
    "chocolate sauce": "960", "dough": "961", "meat loaf": "962", "red wine": "966", "coffee": "967",
    "broccoli": "937",
    "corn": "987 998", "hay": "958", "a clock": "409 892 530", "a watch": "531", "a pen": "418 563", "a ruler": "769",
    "an eraser": "767", "a remote control": "761", "a computer mouse": "673", "a hard drive": "592",
    "a computer": "527", "a television": "851 598 548", "a camera": "732 759", "a match": "644",
    "a flaming torch": "862", "a light switch": "844", "a loudspeaker": "632", "a photocopier": "713",
    "kitchen roll": "700",
    "toilet paper": "999", "a bottle of lotion": "631 838", "a pill bottle": "720", "a plastic bottle": "737 898",
    "a wine bottle": "907", "a beer bottle": "440", "a hair spray": "585", "jeans": "608", "a shirt or jersey": "610",
    "a suit": "834", "a coat": "568 617 869", "pyjamas": "697", "a skirt": "655 601 689", "a dress": "578",
    "a tie": "906 451", "a shoe": "630 770", "a boot": "514", "a sandal": "774", "a handbag": "748",
    "a rucksack": "414",
    "a purse": "893", "a towel": "434", "a curtain": "794 854", "a blind": "905", "a duvet or quilt": "750",
    "a shopping trolley": "791", "a supermarket": "582", "a shop": "415 454 467 509 788 860 865",
    "a menu": "922", "a book": "921", "a comic": "917", "a crossword": "918", "an envelope": "549",
    "a web page": "916",
    "a street sign": "919", "traffic lights": "920", "a person playing ball": "981", "a person": "982",
    "a diver": "983",
    "a beach": "978", "a lake": "975", "mountains": "970 979", "a cliff": "972", "bubbles": "971", "a drum": "541",
    "a guitar": "402 546", "a piano": "579 881", "a football": "805", "a rugby ball": "768", "a teddy bear": "850",
    "binoculars": "447", "a jigsaw": "611", "a bridge": "821 839 888", "a boat": "472 484 780 814 871 914 625 576",
    "a ship": "403 510 628 724", "a plane": "404 895", "a train": "466 547 565 705 820", "a bus": "779 874",
    "a tram": "829",
    "a caravan": "757 660", "a church": "497", "a mosque": "668", "a building crane": "517",
    "a fence": "716 489 912", "a wall": "825",
    "fruit": "955 956", "a butterfly": "321-326", "a bee": "309", "a fly": "308", "an ant": "310", "a hen": "7 8",
    "a saltshaker": "773", "a honeycomb": "599", "a soap dispenser": "804", "a measuring cup": "647", "a tray": "868",
    "a syringe": "845", "a lighter": "626", "a candle": "470", "a chainsaw": "491", "an axe": "596",
    "a gun": "413 763 764",
    "scales": "778", "a spider's web": "815", "a rope or knot": "616", "wool": "911",
}  # fmt: skip

HAZARDS = ("a knife", "a syringe", "a gun", "a chainsaw", "an axe", "a match", "a flaming torch", "a candle",
           "a lighter", "a snake", "a scorpion", "a cooker", "a train", "a mousetrap", "a crocodile")  # fmt: skip
UNCOUNTED = ("guacamole", "eggnog", "velvet", "thatch", "broccoli", "chain mail", "face powder", "brass")


def main() -> None:
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    kinds: list[tuple[str, str] | None] = [None] * 1000
    for phrase, wider, numbers in KINDS.values():
        for number in _numbers(numbers):
            kinds[number] = kinds[number] or (phrase, wider)
    plain = {number: phrase for phrase, numbers in PLAIN.items() for number in _numbers(numbers)}
    rows = []
    for number, name in enumerate(_IMAGENET_CATEGORIES):
        phrase = plain.get(number) or _with_article(name)
        rows.append([phrase, *(kinds[number] or (None, None))])
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(row) for row in rows)
    TABLE.write_text(f'{{"hazards": {json.dumps(HAZARDS)},\n"classes": [\n{lines}\n]}}\n')
    lone = sum(row[1] is None for row in rows)
    print(f"{len({row[0] for row in rows})} phrases, {len(KINDS)} kinds, {lone} classes without a kind")


def _numbers(text: str) -> list[int]:
    found = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _with_article(name: str) -> str:
    if name in UNCOUNTED or (name in ("binoculars", "swimming trunks", "parallel bars")):
        return name
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


if __name__ == "__main__":
    main()
