"""The words people use for dates, people, money and the like: data, as text with its marks."""

from typing import Any

# Each entry: what is meant → the phrases that mean it, separated by "|". A phrase that begins with
# "=" must carry exactly these marks where it carries any ("phường" is a ward, "Phượng" a name).
Words = dict[Any, str]

NUMBERS: Words = {
    1: "=một|one",
    2: "hai|two",
    3: "ba|three",
    4: "bốn|tư|four",
    5: "năm|five",
    6: "sáu|six",
    7: "bảy|bẩy|seven",
    8: "tám|eight",
    9: "chín|nine",
    10: "mười|ten",
    11: "mười một|eleven",
    12: "mười hai|twelve",
    15: "mười lăm|fifteen",
    20: "hai mươi|hai chục|twenty",
}

# --- Dates -----------------------------------------------------------------------------------

WEEKDAYS: Words = {
    0: "=thứ 2|=thứ hai|t 2|monday",
    1: "=thứ 3|=thứ ba|t 3|tuesday",
    2: "=thứ 4|=thứ tư|t 4|wednesday",
    3: "=thứ 5|=thứ năm|t 5|thursday",
    4: "=thứ 6|=thứ sáu|t 6|friday",
    5: "=thứ 7|=thứ bảy|=thứ bẩy|t 7|saturday",
    6: "chủ nhật|chúa nhật|cn|c n|sunday",
}
# Too short to stand alone: "Sun Hotel" is a name, "fri to sun" is not.
SHORT_WEEKDAYS: Words = {0: "mon", 1: "tue", 2: "wed", 3: "thu", 4: "fri", 5: "sat", 6: "sun"}
WEEKEND: Words = {True: "cuối tuần|cuoi tuan|weekend|week end|the weekend"}
# Which of the coming ones: the first that comes, the first after today, the one of next week.
WHICH_DAY: Words = {
    "coming": "này|tuần này|của tuần này",
    "after": "tới|sắp tới",
    "next": "tuần sau|tuần tới|tuần kế|tuần kế tiếp|của tuần sau|sau|next week",
}
WHICH_DAY_BEFORE: Words = {"coming": "this|this coming|coming", "next": "next"}
RELATIVE_DAYS: Words = {
    0: "đêm nay|tối nay|hôm nay|bữa nay|chiều nay|sáng nay|trưa nay|ngày hôm nay|đêm hôm nay|"
    "tối hôm nay|khuya nay|tối ni|đêm ni|hôm ni|bữa ni|từ nay|hnay|today|tonight|tonite|"
    "this evening",
    1: "ngày mai|đêm mai|tối mai|sáng mai|chiều mai|trưa mai|đêm ngày mai|tối ngày mai|"
    "khuya mai|tomorrow|"
    "tomorrow night|tmr|tmrw",
    2: "ngày mốt|ngày kia|đêm mốt|tối mốt|bữa mốt|sáng mốt|chiều mốt|day after tomorrow|"
    "the day after tomorrow",
}
# One short word that is also a name's: Sao Mai, Hoa Mai, "mot" without marks.
SHORT_RELATIVE_DAYS: Words = {1: "=mai", 2: "=mốt"}
MONTHS: Words = {
    1: "jan|january",
    2: "feb|february",
    3: "mar|march",
    4: "apr|april",
    5: "may",
    6: "jun|june",
    7: "jul|july",
    8: "aug|august",
    9: "sep|sept|september",
    10: "oct|october",
    11: "nov|november",
    12: "dec|december",
}
MONTH: Words = {True: "tháng|thg|thang|th"}
THIS_MONTH: Words = {0: "tháng này|này", 1: "tháng sau|tháng tới"}
# A "numbered" one may be followed by the number of the day alone.
DAY_BEFORE: Words = {
    "numbered": "ngày|đêm ngày|tối ngày|sáng ngày|trưa ngày|chiều ngày|vào ngày|từ ngày|đến ngày|"
    "ngày mùng|mùng|mồng",
    "dated": "đêm|tối|sáng|trưa|chiều|hôm|vào|on|on the",
}
YEAR: Words = {True: "năm"}
FROM_DAY: Words = {
    True: "từ|từ ngày|bắt đầu|bắt đầu từ|kể từ|from|starting|starting from|starting on"
}
TO_DAY: Words = {True: "đến|đến ngày|đến hết|tới|tới ngày|cho đến|cho tới|to|until|till|through"}
CHECK_IN: Words = {
    True: "check in|checkin|nhận phòng|ngày nhận phòng|ngày đến|vào ngày|arrive|arrive on|arriving|"
    "arrival|arrival on"
}
CHECK_OUT: Words = {
    True: "check out|checkout|trả phòng|ngày trả phòng|ngày đi|ngày về|đi ngày|về ngày|về|trả|"
    "leave|"
    "leave on|leaving|departure|departing"
}
NIGHTS: Words = {True: "đêm|night|nights|nite|nites"}
DAYS: Words = {True: "ngày|day|days"}
SHORT_NIGHTS: Words = {True: "đ|d|dd|n"}
WEEKS: Words = {True: "tuần|tuần lễ|week|weeks"}

HOLIDAYS: Words = {
    "tet": "=tết|tết nguyên đán|tết âm lịch|tết âm|tết ta|tết cổ truyền|tết nguyên đáng|"
    "lunar new year|chinese new year|vietnamese new year|tet holiday|tet holidays",
    "new_year": "tết dương lịch|tết dương|tết tây|năm mới dương lịch|new year|new years|"
    "new year s|new year holiday|new years day|new year s day|new year day",
    "hung_kings": "giỗ tổ|giỗ tổ hùng vương|lễ hùng vương|10/3 âm lịch|10/3 âm|10/3 al|"
    "mùng 10 tháng 3 âm lịch|10 tháng 3 âm lịch|hung kings|hung king|hung kings day|"
    "hung king s day|hung kings festival",
    "reunification": "giải phóng miền nam|ngày giải phóng|thống nhất đất nước|reunification day|"
    "liberation day",
    "labour": "quốc tế lao động|lễ lao động|ngày lao động|labour day|labor day",
    "national_day": "quốc khánh|tết độc lập|national day|independence day",
    "culture_day": "ngày văn hóa việt nam|ngày văn hóa|culture day",
}
HOLIDAY_BEFORE: Words = {
    True: "=lễ|=dịp|=kỳ nghỉ|=đợt nghỉ|=nghỉ|=nghỉ lễ|=dịp lễ|=ngày lễ|=kỳ nghỉ lễ|=kỳ lễ|"
    "=đợt lễ|=mùa lễ|=trong lễ|holiday|the holiday"
}
# The day and month by which a holiday is called after "lễ".
HOLIDAY_DATES = {
    (30, 4): "reunification",
    (1, 5): "labour",
    (2, 9): "national_day",
    (1, 1): "new_year",
    (10, 3): "hung_kings",
    (24, 11): "culture_day",
}
# No days off, but everybody knows the evening.
NAMED_DATES: Words = {
    (24, 12): "noel|nô en|đêm noel|lễ noel|giáng sinh|lễ giáng sinh|đêm giáng sinh|christmas|"
    "christmas eve|xmas|xmas eve",
    (25, 12): "christmas day",
    (31, 12): "new year s eve|new years eve|nye|giao thừa tết tây|giao thừa dương lịch",
    (14, 2): "valentine|lễ tình nhân|valentine s day|valentines day",
}
LUNAR_EVE: Words = {True: "giao thừa|đêm giao thừa|30 tết|ba mươi tết"}
TET_DAY: Words = {n: f"mùng {n} tết|mồng {n} tết|m {n} tết" for n in range(1, 10)}
# Houses and streets are named after these; "30 Tháng 4" in a name is no check-in.
REMEMBERED = {(30, 4), (2, 9), (3, 2), (19, 5), (19, 8), (27, 7), (1, 5), (22, 12), (8, 3)}

# --- People and rooms ------------------------------------------------------------------------

PEOPLE: Words = {
    "people": "người|người ở|người bạn|bạn nữ|bạn nam|khách|of us|vị khách|pax|people|persons|"
    "person|guests|guest|travelers|"
    "travellers",
    "adults": "người lớn|ng lớn|adult|adults|grown ups",
    "children": "trẻ em|trẻ con|trẻ nhỏ|em bé|bé nhỏ|bé con|con nhỏ|cháu nhỏ|em nhỏ|trẻ sơ sinh|"
    "child|children|kid|kids|baby|babies|infant|infants|toddler|toddlers",
}
# Only after digits: "ba con" or "tư bé" may be names.
SHORT_PEOPLE: Words = {
    "people": "ng|bạn|đứa|mạng|thành viên|nhân khẩu",
    "adults": "lớn|nl|n lớn",
    "children": "trẻ|te|bé|con|cháu|nhóc|nhỏ",
}
COUPLES: Words = {
    2: "cặp đôi|cặp tình nhân|vợ chồng|hai vợ chồng|2 vợ chồng|vợ chồng em|vợ chồng mình|"
    "vợ chồng tôi|vợ chồng con|hai vợ chồng em|2 vợ chồng em|=ba mẹ|=bố mẹ|=cha mẹ|1 cặp|"
    "một cặp|couple|a couple|"
    "couples|two of us",
    1: "một mình|1 mình|đi một mình|đi 1 mình|em đi một mình|em đi 1 mình|solo|alone|just me",
}
GROUPS: Words = {
    "family": "gia đình|gđ|cả nhà|family|family of|a family of",
    "group": "nhóm|đoàn|hội|team|group|group of|a group of|party of",
}
FOR: Words = {True: "cho|for"}
ROOMS: Words = {True: "phòng|room|rooms"}
SHORT_ROOMS: Words = {True: "p"}
# A house's own parts, not the rooms one books.
NO_ROOMS: Words = {
    True: "phòng ngủ|phòng tắm|phòng khách|pn|bedroom|bedrooms|bathroom|bathrooms|br|giường|"
    "giường đôi|giường đơn|bed|beds|toilet|toa let|wc|tầng|lầu"
}
MINUTES: Words = {True: "phút|mins|minutes|minute"}
ROOM_TYPES: Words = {True: "đôi|đơn|ba|gia đình|giường đôi|double|twin|single|triple|family"}
JOINED_BY: Words = {True: "và|and|với|cùng|kèm"}

ONE: Words = {1: "a|an"}
AGE: Words = {True: "tuổi|years old|year old|yo"}

# --- Money -----------------------------------------------------------------------------------

MONEY: Words = {
    1_000: "k|nghìn|ngàn|nghìn đồng|ngàn đồng|thousand",
    100_000: "lít|xị|trăm nghìn|trăm ngàn|trăm k|trăm",
    1_000_000: "tr|triệu|triệu đồng|củ|chai|million|mil",
}
HALF: Words = {True: "rưỡi|rưởi"}
HALF_OF: Words = {0.5: "nửa"}
DONG: Words = {True: "đ|đồng|vnd|vnđ|dong|d"}
DOLLARS: Words = {True: "usd|us dollars|dollars|dollar|đô|đô la|đôla|dola|bucks"}
BELOW: Words = {
    True: "dưới|không quá|ko quá|k quá|không hơn|tối đa|rẻ hơn|thấp hơn|nhỏ hơn|chưa tới|chưa đến|"
    "ngân sách|chưa đầy|giá dưới|giá không quá|giá tối đa|max|maximum|under|below|less than|up to|"
    "no more than|cheaper than|budget|not over|at most"
}
ABOVE: Words = {
    True: "trên|hơn|từ|tối thiểu|ít nhất|không dưới|ko dưới|không ít hơn|không thấp hơn|"
    "no less than|"
    "cao hơn|lớn hơn|giá trên|giá từ|over|above|more than|"
    "at least|from|minimum|min"
}
ABOUT: Words = {
    True: "tầm|khoảng|cỡ|chừng|trên dưới|xấp xỉ|tầm khoảng|khoảng tầm|tầm giá|giá tầm|"
    "giá khoảng|giá cỡ|giá chừng|"
    "about|around|approximately|approx|roughly"
}
BETWEEN: Words = {True: "từ|giá từ|trong khoảng|khoảng từ|tầm từ|between|from"}
TO_MONEY: Words = {True: "đến|tới|to|and|cho đến"}
PRICE: Words = {True: "giá|giá phòng|mức giá|giá cả|price|price range|priced"}
BELOW_AFTER: Words = {True: "đổ lại|trở xuống|đổ xuống|trở lại|or less|or below|or under|max"}
ABOVE_AFTER: Words = {True: "trở lên|đổ lên|or more|or above|and up"}
PER_NIGHT: Words = {
    True: "đêm|1 đêm|một đêm|mỗi đêm|ngày|1 ngày|một ngày|mỗi ngày|ngày đêm|ngđ|night|per night|"
    "a night|each night|nightly|per day"
}

# --- Stars, places ---------------------------------------------------------------------------

STARS: Words = {True: "sao|star|stars"}
AT_LEAST: Words = {True: "từ|tối thiểu|ít nhất|trên|at least|from|min|minimum"}
OR: Words = {True: "hoặc|hay|or"}

NEAR: Words = {
    True: "gần|gần khu|gần khu vực|gần ngay|ở gần|nằm gần|ngay gần|cạnh|bên cạnh|kế|kế bên|sát|"
    "sát bên|ngay|ngay cạnh|ngay sát|đối diện|quanh|xung quanh|quanh khu vực|lân cận|không xa|"
    "ko xa|cách không xa|"
    "gần với|đi bộ ra|near|nearby|near to|near the|close to|close to the|next to|next to the|"
    "beside|around|around the|by the|opposite|walking distance to|not far from"
}
AWAY: Words = {True: "cách|cách khoảng"}
IN: Words = {
    True: "ở|tại|khu|khu vực|ở khu|ở khu vực|tại khu vực|vùng|ngoài|trong|thuộc|in|at|in the|"
    "at the|located in"
}
ON_STREET: Words = {
    True: "trên|mặt tiền|dọc|dọc theo|ở mặt tiền|on|along|trên đường|mặt tiền đường|ở đường"
}
STREET: Words = {True: "đường|con đường|phố|đường phố|hẻm|hẻm đường|street|road"}
WARD_HEADS: Words = {
    "ward": "=phường|ward",
    "commune": "=xã|commune",
    "town": "thị trấn|town",
    "special_zone": "đặc khu",
}
FORMER: Words = {True: "cũ|trước đây|old|former"}
WITHIN: Words = {
    True: "trong vòng|trong bán kính|bán kính|dưới|khoảng|tầm|chừng|không quá|within|less than"
}
METRES: Words = {1: "m|mét|meters|metres|meter", 1000: "km|cây số|cây|kilometers|kilometres|kms"}
DISTANCE_FROM: Words = {True: "from|of|tới|đến|cách|quanh|từ"}
EVERYWHERE: Words = {
    True: "bà rịa vũng tàu|bà rịa vt|brvt|br vt|tỉnh bà rịa vũng tàu|tphcm|tp hcm|hcm|hcmc|"
    "thành phố hồ chí minh|tp hồ chí minh|ho chi minh city|việt nam|vietnam"
}

AMENITY_BEFORE: Words = {
    True: "có|có cả|có thêm|có kèm|kèm|kèm theo|bao gồm|bao|gồm|gồm có|với|phải có|cần có|miễn phí|"
    "with|has|have|having|including|includes|offering"
}
SEA: Words = {True: "biển|bãi biển|bờ biển|bãi tắm|the beach|the sea|beach|sea"}

# --- Words that carry little -----------------------------------------------------------------

NEGATION: Words = {
    True: "không|không cần|không có|ko|ko cần|ko có|k cần|khỏi|khỏi cần|không phải|không thích|"
    "without|no|not|don t need"
}
# Dropped at the edges of what remains; inside a name they stay.
FILLERS: Words = {
    True: "lễ|nghỉ lễ|dịp lễ|còn|có|trống|ko|hok|nha|với|giúp|giùm|dùm|tôi|tui|ad|shop|bên mình|"
    "cho anh|cho chị|cho|cho nhóm|và|hoặc|hay|ở|tại|khu|khu vực|vào|từ|đến|tới|đi|du lịch|"
    "đi du lịch|đi chơi|nghỉ|nghỉ lại|chỗ|nơi|nơi ở|lưu trú|nào|gì|nhiêu|bao nhiêu|bn|giá|"
    "loại|thì|mà|này|các|những|một|của|được|đc|dc|nữa|luôn|xin|hỏi|dịp|qua đêm|chuẩn|"
    "đạt chuẩn|tiêu chuẩn|hạng|đêm|ngày|the|a|an|for|in|at|on|with|and|or|to|of|by|from|"
    "near|p|any|need|want|i|we|my|our|me|stay|stay in|staying|pls|is|are|there|that|which|"
    "số|số nhà|nhà có|gia đình có|has|have|having|per|accommodations|lodging|who|some|cheap place"
}
# Said by whoever asks for a room, even where only a name follows.
ASKING: Words = {
    True: "nghỉ mát|ngủ|ngủ lại|ngủ đêm|ngủ qua đêm|tìm|tìm phòng|cần|cần tìm|cần thuê|muốn|"
    "muốn tìm|muốn đặt|đặt|đặt phòng|book|booking|thuê|cho thuê|phòng|phòng trống|"
    "phòng còn trống|còn phòng|còn trống|còn phòng trống|có phòng|không|ạ|nhé|cho em hỏi|"
    "cho mình hỏi|mình cần|em cần|anh cần|chị cần|mình muốn|em muốn|giúp mình|giúp em|em tìm|"
    "mình tìm|cho tôi|cho mình|cho em|hỏi xem|gợi ý|chỗ nghỉ|chỗ ở|nơi nghỉ|vacancy|vacancies|"
    "vacant|available|availability|free room|free rooms|find|find me|search|search for|"
    "looking for|look for|i want|we need|i need|please|accommodation|place to stay|"
    "places to stay|room|rooms"
}
# What one thinks of a house, or how it is: it may stand in a description, hardly in a name.
DESCRIBING: Words = {
    True: "tầng cao|tầng thấp|lầu cao|yên tĩnh|yên bình|riêng tư|lãng mạn|hiện đại|cổ điển|"
    "ấm cúng|rộng rãi|thoáng mát|sang trọng|sang chảnh|cao cấp|mini|nguyên căn|cả căn|"
    "trọn gói|combo|phòng đôi|phòng đơn|phòng ba|phòng tập thể|dorm|team building|teambuilding|"
    "đám cưới|gia đình|cho gia đình|dành cho gia đình|cho cặp đôi|cho nhóm|cho nhóm đông|"
    "đông người|ngoài trời|trẻ em|người già|view đẹp|view núi|view thành phố|view|sân vườn|"
    "tự nhận phòng|"
    "self check in|24/7|nhận phòng sớm|trả phòng muộn|late check out|early check in|theo giờ|"
    "nghỉ trưa|qua ngày|dài hạn|theo tháng|sống ảo|check in sống ảo|penthouse|duplex|"
    "rộng thoáng|phòng rộng thoáng|view chill|review tốt|decor|decor đẹp|trang trí đẹp|"
    "nhân viên thân thiện|nhân viên nhiệt tình|thân thiện|nhiệt tình|"
    "phục vụ tốt|phục vụ chu đáo|dịch vụ tốt|chu đáo|thiên nhiên|không gian xanh|"
    "nghỉ dưỡng|tuần trăng mật|trăng mật|công tác|đi công tác|phượt|du lịch bụi|nhóm bạn|"
    "phòng ngủ|friendly staff|instagrammable|honeymoon|business trip|backpacker|backpackers|"
    "lều|nhà gỗ|nhà phố|quiet|luxury|luxurious|cozy|cosy|modern|romantic|spacious|private|"
    "whole house|entire house|double room|single room|twin room|double|single|twin|triple|family|"
    "budget|boutique|studio|phòng rộng|phòng nhỏ|phòng lớn"
}
# Praise and price talk that matches nothing: left out, and said to be left out.
OPINIONS: Words = {
    "cheap": "bình dân|rẻ|giá rẻ|rẻ nhất|giá mềm|giá tốt|giá hợp lý|giá sinh viên|rẻ đẹp|"
    "ngon bổ rẻ|"
    "ngon rẻ|giá bình dân|cheap|cheapest|affordable|low cost|budget friendly|inexpensive",
    "good": "đẹp|tốt|tốt nhất|xịn|xịn sò|ngon|ok|oke|ổn|uy tín|chất lượng|chất|sạch|sạch sẽ|"
    "sạch đẹp|đẹp nhất|xinh|xinh xắn|dễ thương|mới|mới xây|chill|thoải mái|tiện nghi|"
    "đầy đủ tiện nghi|tiện lợi|đáng ở|nên ở|hot|top|nổi tiếng|an toàn|an ninh|"
    "good|nice|best|great|clean|beautiful|lovely|comfortable|safe|pretty|popular|top rated|new",
}

# Everything above that is read by its own name; the kinds, amenities and places come from data.
GRAMMAR: dict[str, Words] = {
    "number": NUMBERS,
    "weekday": WEEKDAYS,
    "short_weekday": SHORT_WEEKDAYS,
    "weekend": WEEKEND,
    "which_day": WHICH_DAY,
    "which_day_before": WHICH_DAY_BEFORE,
    "relative_day": RELATIVE_DAYS,
    "short_relative_day": SHORT_RELATIVE_DAYS,
    "month_name": MONTHS,
    "month": MONTH,
    "this_month": THIS_MONTH,
    "day_before": DAY_BEFORE,
    "year": YEAR,
    "from_day": FROM_DAY,
    "to_day": TO_DAY,
    "check_in": CHECK_IN,
    "check_out": CHECK_OUT,
    "nights": NIGHTS,
    "days": DAYS,
    "short_nights": SHORT_NIGHTS,
    "weeks": WEEKS,
    "holiday": HOLIDAYS,
    "holiday_before": HOLIDAY_BEFORE,
    "named_date": NAMED_DATES,
    "lunar_eve": LUNAR_EVE,
    "tet_day": TET_DAY,
    "people": PEOPLE,
    "short_people": SHORT_PEOPLE,
    "couple": COUPLES,
    "group": GROUPS,
    "for": FOR,
    "rooms": ROOMS,
    "short_rooms": SHORT_ROOMS,
    "no_rooms": NO_ROOMS,
    "minutes": MINUTES,
    "room_type": ROOM_TYPES,
    "joined_by": JOINED_BY,
    "one": ONE,
    "age": AGE,
    "money": MONEY,
    "half": HALF,
    "half_of": HALF_OF,
    "dong": DONG,
    "dollars": DOLLARS,
    "below": BELOW,
    "above": ABOVE,
    "about": ABOUT,
    "between": BETWEEN,
    "to_money": TO_MONEY,
    "price": PRICE,
    "below_after": BELOW_AFTER,
    "above_after": ABOVE_AFTER,
    "per_night": PER_NIGHT,
    "stars": STARS,
    "at_least": AT_LEAST,
    "or": OR,
    "near": NEAR,
    "away": AWAY,
    "in": IN,
    "on_street": ON_STREET,
    "street": STREET,
    "ward_head": WARD_HEADS,
    "former": FORMER,
    "within": WITHIN,
    "metres": METRES,
    "distance_from": DISTANCE_FROM,
    "everywhere": EVERYWHERE,
    "amenity_before": AMENITY_BEFORE,
    "sea": SEA,
    "negation": NEGATION,
    "filler": FILLERS,
    "asking": ASKING,
    "describing": DESCRIBING,
    "opinion": OPINIONS,
}
