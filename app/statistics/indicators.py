"""The indicators: what each is called, the fraction it is, in words, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.statistics.queries import Figures

Style = Literal["percent", "decimal", "number"]


@dataclass(frozen=True, slots=True)
class Part:
    """A sum over houses and nights, by the name of its field."""

    name: str
    label: LazyString

    def of(self, figures: Figures) -> int:
        value: int = getattr(figures, self.name)
        return value


@dataclass(frozen=True, slots=True)
class Indicator:
    """A sum (no denominator) or the fraction of two sums."""

    name: str
    label: LazyString
    words: LazyString
    over: Part
    under: Part | None = None
    style: Style = "number"
    # A distinct count of houses is counted anew for every row and every total.
    adds_up: bool = True
    # Over fewer nights a page prints no number: it would say more about the cut than the guests.
    least_nights: int = 1

    def of(self, figures: Figures) -> float | None:
        value: float | None = getattr(figures, self.name)
        return value

    def shown(self, figures: Figures, nights: int) -> float | None:
        """Return what a page prints for so many nights."""
        return self.of(figures) if nights >= self.least_nights else None


ROOMS_OCCUPIED = Part("rooms_occupied", _l("ngày buồng có khách"))
ROOMS_NET = Part("rooms_net", _l("ngày buồng sẵn sàng"))
ROOMS_COMMERCIAL = Part("rooms_commercial", _l("ngày buồng của đêm mở cửa"))
ROOMS_GROSS = Part("rooms_gross", _l("ngày buồng có báo cáo"))
ROOMS_REGISTERED = Part("rooms_registered", _l("ngày buồng đã đăng ký"))
GUEST_NIGHTS = Part("guest_nights", _l("ngày khách"))
ARRIVALS = Part("arrivals", _l("lượt khách ngủ qua đêm"))
BED_PLACES = Part("bed_places", _l("ngày giường có báo cáo"))
BED_PLACES_NET = Part("bed_places_net", _l("ngày giường sẵn sàng"))

RATES = (
    Indicator(
        "occupancy_net",
        _l("Công suất buồng thuần"),
        _l(
            "Mỗi đêm: số buồng có lượt lưu trú giữ, chia cho số buồng sẵn sàng. Buồng sẵn sàng là"
            " buồng của đêm ấy, trừ buồng đang sửa, trừ đêm cơ sở đóng cửa; chỉ tính những đêm cơ"
            " sở có báo cáo. Một buồng ba khách vẫn là một."
        ),
        ROOMS_OCCUPIED,
        ROOMS_NET,
        "percent",
    ),
    Indicator(
        "occupancy_gross",
        _l("Công suất buồng thô"),
        _l(
            "Như công suất thuần, nhưng chia cho mọi buồng của những đêm có báo cáo, kể cả buồng"
            " đang sửa và đêm đóng cửa."
        ),
        ROOMS_OCCUPIED,
        ROOMS_GROSS,
        "percent",
    ),
    Indicator(
        "occupancy_commercial",
        _l("Công suất thương mại (theo buồng)"),
        _l(
            "Số buồng có lượt lưu trú giữ, chia cho buồng của những đêm mở cửa, kể cả buồng đang"
            " sửa. Sổ không giữ doanh thu và không tách buồng cho ở miễn phí, nên chỉ tính theo"
            " buồng: không có giá bình quân và doanh thu một buồng."
        ),
        ROOMS_OCCUPIED,
        ROOMS_COMMERCIAL,
        "percent",
    ),
    Indicator(
        "reporting_rooms_share",
        _l("Tỷ lệ phản hồi"),
        _l(
            "Bao nhiêu phần số buồng đã đăng ký đứng sau con số. Một đêm là có báo cáo khi cơ sở"
            " đóng cửa, đã xác nhận phòng trống trong ngày, hoặc có lượt lưu trú."
        ),
        ROOMS_GROSS,
        ROOMS_REGISTERED,
        "percent",
    ),
    Indicator(
        "bed_occupancy_net",
        _l("Công suất giường thuần"),
        _l(
            "Ngày khách chia cho chỗ nằm sẵn sàng: giường đơn một chỗ, giường đôi hai chỗ, giường"
            " kê thêm không tính, nên có thể quá 100 %."
        ),
        GUEST_NIGHTS,
        BED_PLACES_NET,
        "percent",
    ),
    Indicator(
        "bed_occupancy_gross",
        _l("Công suất giường thô"),
        _l("Ngày khách chia cho mọi chỗ nằm của những đêm có báo cáo."),
        GUEST_NIGHTS,
        BED_PLACES,
        "percent",
    ),
    Indicator(
        "average_stay",
        _l("Số đêm bình quân một khách"),
        _l(
            "Ngày khách trong kỳ chia cho lượt khách đến trong kỳ. Khách đến trước kỳ và còn ở thì"
            " có ngày khách mà không có lượt, nên kỳ ngắn cho số quá lớn: chỉ in khi kỳ có từ bảy"
            " đêm trở lên."
        ),
        GUEST_NIGHTS,
        ARRIVALS,
        "decimal",
        least_nights=7,
    ),
    Indicator(
        "guests_per_room",
        _l("Số khách một buồng"),
        _l("Ngày khách chia cho ngày buồng có khách."),
        GUEST_NIGHTS,
        ROOMS_OCCUPIED,
        "decimal",
    ),
)

SUMS = (
    Indicator(
        "rooms_occupied",
        _l("Ngày buồng có khách"),
        _l(
            "Số buồng do lượt lưu trú giữ, cộng qua các đêm. Lượt không còn buồng xếp thì không"
            " giữ buồng nào; mỗi lượt nhập từ trước, không số phòng, tính một buồng."
        ),
        ROOMS_OCCUPIED,
    ),
    Indicator(
        "rooms_net",
        _l("Ngày buồng sẵn sàng"),
        _l("Buồng của đêm ấy, trừ buồng đang sửa và đêm đóng cửa, của những đêm có báo cáo."),
        ROOMS_NET,
    ),
    Indicator(
        "rooms_gross",
        _l("Ngày buồng có báo cáo"),
        _l("Mọi buồng của những đêm cơ sở có báo cáo, kể cả đang sửa hay đóng cửa."),
        ROOMS_GROSS,
    ),
    Indicator(
        "rooms_commercial",
        _l("Ngày buồng của đêm mở cửa"),
        _l("Buồng của những đêm cơ sở mở cửa và có báo cáo, kể cả buồng đang sửa."),
        ROOMS_COMMERCIAL,
    ),
    Indicator(
        "rooms_registered",
        _l("Ngày buồng đã đăng ký"),
        _l("Mọi buồng của mọi cơ sở trong sổ, cộng qua các đêm, có báo cáo hay không."),
        ROOMS_REGISTERED,
    ),
    Indicator(
        "bed_places",
        _l("Ngày giường có báo cáo"),
        _l("Mọi chỗ nằm của những đêm cơ sở có báo cáo: giường đơn một chỗ, giường đôi hai chỗ."),
        BED_PLACES,
    ),
    Indicator(
        "bed_places_net",
        _l("Ngày giường sẵn sàng"),
        _l(
            "Chỗ nằm của những đêm có báo cáo, trừ buồng đang sửa và đêm đóng cửa; giường kê thêm"
            " không tính."
        ),
        BED_PLACES_NET,
    ),
    Indicator(
        "guest_nights",
        _l("Ngày khách"),
        _l(
            "Mỗi khách mỗi đêm là một, tính cả trẻ em, theo giờ đến và đi của riêng khách ấy;"
            " khách theo giờ không có đêm nào."
        ),
        GUEST_NIGHTS,
    ),
    Indicator(
        "guest_nights_domestic",
        _l("Ngày khách trong nước"),
        _l("Ngày khách của người có quốc tịch Việt Nam; chia theo quốc tịch, không theo nơi ở."),
        Part("guest_nights_domestic", _l("ngày khách quốc tịch Việt Nam")),
    ),
    Indicator(
        "guest_nights_foreign",
        _l("Ngày khách quốc tế"),
        _l("Ngày khách của người có quốc tịch khác; chia theo quốc tịch, không theo nơi ở."),
        Part("guest_nights_foreign", _l("ngày khách quốc tịch khác")),
    ),
    Indicator(
        "arrivals",
        _l("Lượt khách"),
        _l(
            "Khách ngủ qua đêm, tính một lần vào đêm đầu. Đổi phòng không phải lượt mới; đi rồi"
            " quay lại là lượt mới. Khách đến trước 6 giờ sáng thuộc đêm hôm trước."
        ),
        ARRIVALS,
    ),
    Indicator(
        "arrivals_domestic",
        _l("Lượt khách trong nước"),
        _l("Lượt khách có quốc tịch Việt Nam; chia theo quốc tịch, không theo nơi ở."),
        Part("arrivals_domestic", _l("lượt khách quốc tịch Việt Nam")),
    ),
    Indicator(
        "arrivals_foreign",
        _l("Lượt khách quốc tế"),
        _l("Lượt khách có quốc tịch khác; chia theo quốc tịch, không theo nơi ở."),
        Part("arrivals_foreign", _l("lượt khách quốc tịch khác")),
    ),
    Indicator(
        "same_day_guests",
        _l("Khách trong ngày"),
        _l("Khách theo giờ: đến và đi trong một ngày, không giữ đêm nào; tính theo ngày ấy."),
        Part("same_day_guests", _l("khách trong ngày")),
    ),
    Indicator(
        "guests_served",
        _l("Lượt khách phục vụ"),
        _l("Lượt khách ngủ qua đêm cộng khách trong ngày."),
        Part("guests_served", _l("lượt khách phục vụ")),
    ),
    Indicator(
        "establishments",
        _l("Cơ sở trong sổ"),
        _l(
            "Cơ sở có buồng vào ít nhất một đêm của kỳ; cơ sở chưa ai khai buồng tính từ ngày mở"
            " cửa. Đếm mỗi cơ sở một lần, nên các dòng không cộng thành tổng."
        ),
        Part("establishments", _l("cơ sở")),
        adds_up=False,
    ),
    Indicator(
        "reporting_establishments",
        _l("Cơ sở có báo cáo"),
        _l(
            "Cơ sở có báo cáo ít nhất một đêm của kỳ. Đếm mỗi cơ sở một lần, nên các dòng không"
            " cộng thành tổng."
        ),
        Part("reporting_establishments", _l("cơ sở")),
        adds_up=False,
    ),
)

INDICATORS = {indicator.name: indicator for indicator in (*RATES, *SUMS)}

# The columns of each page's table, after the name of the row.
COLUMNS = {
    "occupancy": [
        INDICATORS[name]
        for name in (
            "occupancy_net",
            "reporting_rooms_share",
            "occupancy_gross",
            "rooms_occupied",
            "rooms_net",
            "rooms_gross",
            "bed_occupancy_net",
            "bed_occupancy_gross",
            "establishments",
            "reporting_establishments",
        )
    ],
    "guests": [
        INDICATORS[name]
        for name in (
            "guest_nights",
            "guest_nights_domestic",
            "guest_nights_foreign",
            "arrivals",
            "arrivals_domestic",
            "arrivals_foreign",
            "same_day_guests",
            "average_stay",
            "guests_per_room",
            "reporting_rooms_share",
        )
    ],
}

# What a comparison on a page and in a file shows; programs get every indicator.
COMPARED = {
    "occupancy": (
        "occupancy_net",
        "occupancy_gross",
        "bed_occupancy_net",
        "bed_occupancy_gross",
        "rooms_occupied",
        "reporting_rooms_share",
    ),
    "guests": (
        "guest_nights",
        "guest_nights_domestic",
        "guest_nights_foreign",
        "arrivals",
        "same_day_guests",
        "average_stay",
        "guests_per_room",
        "reporting_rooms_share",
    ),
}
