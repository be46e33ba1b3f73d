"""Invented names of houses and people; none is taken from a real one on purpose."""

from __future__ import annotations

from random import Random

from app.text import fold

HOUSE_WORDS = {
    "hotel": ("Khách sạn", "Hotel"),
    "resort": ("Khu nghỉ dưỡng", "Resort"),
    "villa": ("Biệt thự", "Villa"),
    "apartment": ("Căn hộ", "Apartment"),
    "ship": ("Du thuyền", "Cruise"),
    "guest_house": ("Nhà nghỉ", "Guest House"),
    "homestay": ("Homestay", "Homestay"),
    "campsite": ("Bãi cắm trại", "Campsite"),
    "other": ("Lưu trú", "Lodging"),
}
FIRST = (
    "Sóng",
    "Gió",
    "Mây",
    "Nắng",
    "Cát",
    "San Hô",
    "Hải Đăng",
    "Buồm",
    "Trăng",
    "Ráng Chiều",
    "Bình Minh",
    "Dã Quỳ",
    "Phi Lao",
    "Hoa Sứ",
    "Mỏ Neo",
    "Ốc Biển",
    "Vịnh",
    "Thuyền Thúng",
    "Hàng Dương",
    "Muối Trắng",
    "Đồi Gió",
    "Khơi Xa",
    "Chim Én",
    "Sao Biển",
)
SECOND = (
    "Lam",
    "Biếc",
    "Vàng",
    "Ngọc",
    "An Nhiên",
    "Thảo Nguyên",
    "Bạc",
    "Hiền Hoà",
    "Mộc",
    "Lặng",
    "Thanh Bình",
    "Dịu Êm",
    "Xưa",
    "Nhỏ",
    "Mới",
    "Hồng",
    "Tím",
    "Gọi",
    "Thương",
    "Mến",
    "Của Mẹ",
    "Bên Thềm",
    "Trong Phố",
    "Vườn Sau",
)
STREETS = {
    "26506": ("Thùy Vân", "Hạ Long", "Trần Phú", "Quang Trung", "Lê Lợi", "Phan Chu Trinh"),
    "26526": ("Thi Sách", "Hoàng Hoa Thám", "Lê Hồng Phong", "Nguyễn An Ninh", "Thùy Vân"),
    "26536": ("Bình Giã", "30 Tháng 4", "Nguyễn Hữu Cảnh", "Lưu Chí Hiếu"),
    "26542": ("3 Tháng 2", "Đô Lương", "30 Tháng 4", "Hàng Điều"),
}
OTHER_STREETS = ("Đường ven biển", "Đường trung tâm", "Đường chợ", "Hẻm Bờ Kè", "Đường cầu cảng")
FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLE = {"M": ("Văn", "Minh", "Quốc", "Đức", "Hữu", "Gia"), "F": ("Thị", "Ngọc", "Thu", "Mỹ")}
GIVEN = {
    "M": ("An", "Bình", "Cường", "Dũng", "Hải", "Khang", "Long", "Nam", "Phúc", "Quân", "Tuấn"),
    "F": ("Anh", "Chi", "Dung", "Hà", "Hạnh", "Lan", "Mai", "Nhung", "Oanh", "Thảo", "Yến"),
}
FOREIGN_GIVEN = {
    "M": ("Arlo", "Beno", "Corin", "Dario", "Emrik", "Falko", "Goran", "Hanno", "Ivo", "Joris"),
    "F": ("Alba", "Brisa", "Celia", "Dalia", "Elina", "Fenna", "Greta", "Hedda", "Ilka", "Juna"),
}
FOREIGN_FAMILY = ("Testa", "Sampel", "Muster", "Primer", "Esempio", "Obrazec", "Voorbeeld", "Mynd")


def house_name(kind: str, number: int) -> tuple[str, str]:
    """Return the Vietnamese and the English name of the ``number``-th house; none occurs twice."""
    vi, en = HOUSE_WORDS[kind]
    pairs = len(FIRST) * len(SECOND)
    # A step that shares no factor with the number of pairs visits each pair once a round.
    index = (number * 253 + 17) % pairs
    first, second = FIRST[index % len(FIRST)], SECOND[index // len(FIRST)]
    round_ = number // pairs
    own = f"{first} {second}" if round_ == 0 else f"{first} {second} {round_ + 1}"
    plain = " ".join(word.capitalize() for word in fold(own).split())
    return f"{vi} {own}", f"{plain} {en}"


def address(unit_code: str, random: Random) -> str:
    streets = STREETS.get(unit_code, OTHER_STREETS)
    return f"{random.randint(1, 280)} {random.choice(streets)}"


def person(sex: str, foreign: bool, random: Random) -> str:
    """Return an invented name; Vietnamese in three words, foreign in capitals as passports have."""
    if foreign:
        return f"{random.choice(FOREIGN_GIVEN[sex])} {random.choice(FOREIGN_FAMILY)}".upper()
    return f"{random.choice(FAMILY)} {random.choice(MIDDLE[sex])} {random.choice(GIVEN[sex])}"
