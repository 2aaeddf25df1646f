//! What each problem is called and says, in both languages, with the next step.

use axum::http::StatusCode;

use super::{HttpError, sign_in};
use crate::review::ReviewError;
use crate::store::{PasswordError, Role};

/// What is said of one error: the code, then what happened and the next step in both languages.
pub(super) struct Said {
    pub status: StatusCode,
    pub code: &'static str,
    pub en: String,
    pub vi: String,
    pub hint: Option<(&'static str, &'static str)>,
}

pub(super) fn said(
    status: StatusCode,
    code: &'static str,
    en: impl Into<String>,
    vi: impl Into<String>,
) -> Said {
    Said {
        status,
        code,
        en: en.into(),
        vi: vi.into(),
        hint: None,
    }
}

impl Said {
    pub(super) fn hint(self, en: &'static str, vi: &'static str) -> Self {
        Self {
            hint: Some((en, vi)),
            ..self
        }
    }
}

impl HttpError {
    pub(super) fn said(&self) -> Said {
        use StatusCode as S;
        match self {
            Self::NotSignedIn => said(
                S::UNAUTHORIZED,
                "not_signed_in",
                "Sign in first.",
                "Hãy đăng nhập.",
            ),
            Self::WrongPassword => said(
                S::UNAUTHORIZED,
                "wrong_password",
                "The name or the password is wrong.",
                "Sai tên đăng nhập hoặc mật khẩu.",
            ),
            Self::TooManyTries { seconds } => said(
                S::TOO_MANY_REQUESTS,
                "too_many_tries",
                format!("Too many failed sign-ins. Try again in {seconds} s."),
                format!("Đăng nhập sai quá nhiều lần. Hãy thử lại sau {seconds} giây."),
            ),
            Self::Oidc(error) => sign_in::words(error),
            Self::NoProvider => said(
                S::NOT_FOUND,
                "no_provider",
                "People sign in here with a name and a password; no other sign-in service is set up.",
                "Ở đây đăng nhập bằng tên và mật khẩu; chưa thiết lập hệ thống đăng nhập nào khác.",
            )
            .hint(
                "Whoever runs the server sets one up in the section [oidc] of the settings.",
                "Người vận hành máy chủ thiết lập ở mục [oidc] của cấu hình.",
            ),
            Self::NoPassword => said(
                S::CONFLICT,
                "no_password",
                "This account signs in at the office's sign-in service and has no password here. Change it there.",
                "Tài khoản này đăng nhập qua hệ thống của cơ quan, không có mật khẩu ở đây. Hãy đổi mật khẩu ở hệ thống đó.",
            ),
            Self::Forbidden { needed } => said(
                S::FORBIDDEN,
                "forbidden",
                format!("This needs the role {}.", needed.name()),
                format!("Việc này cần quyền {}.", role_vi(*needed)),
            ),
            Self::ScopeMissing { scope } => said(
                S::FORBIDDEN,
                "scope_missing",
                format!(
                    "This token was made without the scope `{0}`. Make one with `{0}` on the account page.",
                    scope.name()
                ),
                format!(
                    "Mã truy cập này không có quyền `{0}`. Hãy tạo mã có quyền `{0}` ở trang Tài khoản.",
                    scope.name()
                ),
            ),
            Self::ScopeOverRole { scope } => said(
                S::FORBIDDEN,
                "scope_over_role",
                format!(
                    "The scope `{}` needs the role {}. Leave it out, or ask an admin for the role.",
                    scope.name(),
                    scope.least_role().name()
                ),
                format!(
                    "Quyền `{}` của mã truy cập cần vai trò {}. Hãy bỏ quyền này, hoặc nhờ người quản trị đổi vai trò.",
                    scope.name(),
                    role_vi(scope.least_role())
                ),
            ),
            Self::SessionNeeded => said(
                S::FORBIDDEN,
                "session_needed",
                "A token cannot do this. Sign in with your password.",
                "Mã truy cập không làm được việc này. Hãy đăng nhập bằng mật khẩu.",
            ),
            Self::NotInDemo => said(
                S::CONFLICT,
                "not_in_demo",
                "The demo has no accounts. Make one with `sohoa user add` and start without --demo.",
                "Bản dùng thử không có tài khoản. Hãy tạo bằng `sohoa user add` rồi chạy không có --demo.",
            ),
            Self::NoCsrfHeader => said(
                S::FORBIDDEN,
                "csrf",
                "A change made with a cookie needs the header `X-Sohoa: 1`.",
                "Thay đổi gửi kèm cookie phải có tiêu đề `X-Sohoa: 1`.",
            ),
            Self::WrongHost { host } => said(
                S::MISDIRECTED_REQUEST,
                "wrong_host",
                format!("The demo answers to this machine's own names only, not to {host:?}."),
                format!("Bản dùng thử chỉ trả lời trên chính máy này, không trả lời cho “{host}”."),
            )
            .hint(
                "Open http://127.0.0.1 with the port.",
                "Hãy mở http://127.0.0.1 kèm số cổng.",
            ),
            Self::NotFound { what } => said(
                S::NOT_FOUND,
                "not_found",
                format!("There is no such {what}."),
                format!("Không có {} này.", what_vi(what)),
            ),
            Self::NoSuchMethod => said(
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not take that method.",
                "Địa chỉ này không nhận phương thức đó.",
            ),
            Self::NoIfMatch => said(
                S::PRECONDITION_REQUIRED,
                "if_match_required",
                "Send `If-Match` with the ETag of the rubric that you changed.",
                "Hãy gửi `If-Match` với ETag của thang điểm đã sửa.",
            ),
            Self::Stale { current } => said(
                S::PRECONDITION_FAILED,
                "stale",
                format!("Somebody changed this rubric meanwhile: it is at version {current}. Load it again."),
                format!("Thang điểm đã được người khác sửa (phiên bản {current}). Hãy tải lại."),
            ),
            Self::Review(error) => said(
                review_status(error),
                error.code(),
                error.message_en(),
                error.message_vi(),
            ),
            Self::Password(error) => password_said(error),
            Self::NameTaken => said(
                S::CONFLICT,
                "name_taken",
                "There is an account of this name.",
                "Đã có tài khoản mang tên này.",
            ),
            Self::BadName => said(
                S::UNPROCESSABLE_ENTITY,
                "bad_name",
                "A name has 1 to 64 letters, digits, dots, hyphens or underscores.",
                "Tên gồm 1 đến 64 chữ, số, dấu chấm, gạch nối hoặc gạch dưới.",
            ),
            Self::TooLarge { limit } => said(
                S::PAYLOAD_TOO_LARGE,
                "too_large",
                format!(
                    "The file is larger than {}. Split it, or scan at 300 dpi.",
                    megabytes(*limit)
                ),
                format!(
                    "Tệp lớn hơn {}. Hãy tách tệp hoặc quét ở 300 dpi.",
                    megabytes(*limit)
                ),
            ),
            Self::EmptyFile => said(
                S::UNPROCESSABLE_ENTITY,
                "empty",
                "The file is empty. Scan or copy it again.",
                "Tệp rỗng. Hãy quét hoặc chép lại.",
            ),
            Self::NoFile => said(
                S::UNPROCESSABLE_ENTITY,
                "no_file",
                "The form has no field `file` with a file in it.",
                "Biểu mẫu không có trường `file` chứa tệp.",
            ),
            Self::UnknownType => said(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unknown_type",
                "This is no PDF, PNG, JPEG, TIFF or WebP file. Scan the decision, or save it as PDF.",
                "Đây không phải tệp PDF, PNG, JPEG, TIFF hay WebP. Hãy quét văn bản hoặc lưu thành PDF.",
            ),
            Self::BeingRead => said(
                S::CONFLICT,
                "being_read",
                "The document is being read. Delete it when that has ended.",
                "Văn bản đang được đọc. Hãy xoá sau khi đọc xong.",
            ),
            Self::HasConfirmed => said(
                S::CONFLICT,
                "has_confirmed",
                "The document has a confirmed rubric. Only an admin can delete it, with `confirmed=true` and a reason; \
                 digests stay.",
                "Văn bản có thang điểm đã duyệt. Chỉ người quản trị xoá được, với `confirmed=true` và lý do; \
                 mã băm được giữ lại.",
            ),
            Self::NoReason => said(
                S::UNPROCESSABLE_ENTITY,
                "no_reason",
                "Say why a confirmed rubric is deleted: `reason`.",
                "Hãy ghi lý do xoá thang điểm đã duyệt: `reason`.",
            ),
            Self::NotReady => said(
                S::CONFLICT,
                "not_ready",
                "The document is not read yet.",
                "Văn bản chưa đọc xong.",
            ),
            Self::NotAmendable => said(
                S::UNPROCESSABLE_ENTITY,
                "not_amendable",
                "Only a confirmed rubric of another document that is in force can be changed. Choose one of the candidates.",
                "Chỉ sửa đổi được thang điểm đã duyệt, còn hiệu lực, của văn bản khác. Hãy chọn trong danh sách gợi ý.",
            ),
            Self::NoLongerInForce => said(
                S::CONFLICT,
                "no_longer_in_force",
                "The rubric that this one changes is no longer in force. Return this one and settle anew what it changes.",
                "Thang điểm mà bản này sửa đổi không còn hiệu lực. Hãy trả lại và chọn lại văn bản được sửa đổi.",
            ),
            Self::NotConfirmed => said(
                S::CONFLICT,
                "not_confirmed",
                "The rubric is not confirmed yet: only then is there a record.",
                "Thang điểm chưa được duyệt: có duyệt mới có biên bản.",
            ),
            Self::NoKey(_) => said(
                S::SERVICE_UNAVAILABLE,
                "no_signing_key",
                "The key that records are signed with cannot be used, so nothing is confirmed now.",
                "Không dùng được khoá ký biên bản, nên lúc này chưa duyệt được.",
            )
            .hint(
                "Tell whoever runs the service: `sohoa key show` says what is wrong.",
                "Hãy báo người quản trị máy chủ: `sohoa key show` cho biết lý do.",
            ),
            Self::PagesNotKept => said(
                S::CONFLICT,
                "pages_not_kept",
                "What was read of the pages is of another version of sohoa, or gone. Convert the original file anew: \
                 `sohoa convert --formats pdf,pdfa,alto,page,hocr FILE`.",
                "Kết quả đọc từng trang thuộc phiên bản sohoa khác hoặc đã bị xoá. Hãy chuyển đổi lại tệp gốc: \
                 `sohoa convert --formats pdf,pdfa,alto,page,hocr TỆP`.",
            ),
            Self::NotMade(error) => said(
                S::UNPROCESSABLE_ENTITY,
                "not_made",
                format!("The file could not be made: {}", error.message_en()),
                format!("Không tạo được tệp: {}", error.message_vi()),
            ),
            Self::PhraseSettled => said(
                S::CONFLICT,
                "phrase_settled",
                "Somebody has decided about this phrase already. Load the list again.",
                "Cụm từ này đã có người quyết định. Hãy tải lại danh sách.",
            ),
            Self::PhraseKnown => said(
                S::CONFLICT,
                "phrase_known",
                "The dictionary has a phrase of these words already. Reject this one, or write it otherwise.",
                "Từ điển đã có cụm từ này. Hãy bỏ qua, hoặc viết khác đi.",
            ),
            Self::BadPhrase => said(
                S::UNPROCESSABLE_ENTITY,
                "bad_phrase",
                "A phrase is one line of at most 600 characters with a word in it, without hidden characters.",
                "Cụm từ là một dòng không quá 600 ký tự, có ít nhất một từ, không có ký tự ẩn.",
            ),
            Self::DamagedLexicon { lines } => said(
                S::UNPROCESSABLE_ENTITY,
                "damaged_lexicon",
                format!(
                    "Nothing was taken in. Mend these lines and import again: {}.",
                    listed("line", lines)
                ),
                format!(
                    "Chưa nhập gì. Hãy sửa các dòng sau rồi nhập lại: {}.",
                    listed("dòng", lines)
                ),
            )
            .hint(
                "`sohoa lexicon check FILE` tells all that is wrong with a file.",
                "`sohoa lexicon check TỆP` cho biết mọi lỗi của tệp.",
            ),
            Self::UnknownLexiconFormat => said(
                S::UNPROCESSABLE_ENTITY,
                "unknown_format",
                "A dictionary comes as json or txt.",
                "Từ điển chỉ có dạng json hoặc txt.",
            ),
            Self::NotFailed => said(
                S::CONFLICT,
                "not_failed",
                "Only a failed document is read again.",
                "Chỉ đọc lại được văn bản bị lỗi.",
            ),
            Self::NoRereading => said(
                S::CONFLICT,
                "no_reread",
                "No second reading of this document is ready. Ask for one, or wait until it has ended.",
                "Chưa có bản đọc lại nào của văn bản này. Hãy bấm Đọc lại, hoặc chờ đọc xong.",
            ),
            Self::RereadingWaits => said(
                S::CONFLICT,
                "reread_waits",
                "A second reading of this document is ready. Accept or discard it first.",
                "Văn bản này đã có bản đọc lại. Hãy nhận hoặc bỏ bản đó trước.",
            ),
            Self::RereadingBlocked { en, vi } => said(S::CONFLICT, "reread_blocked", en.clone(), vi.clone()),
            Self::Held { by: Some(by) } => said(
                S::CONFLICT,
                "held",
                format!("{by} has this document in hand by now. Load the list again."),
                format!("Văn bản này hiện do {by} giữ. Hãy tải lại danh sách."),
            ),
            Self::Held { by: None } => said(
                S::CONFLICT,
                "held",
                "Nobody has this document in hand any more. Load the list again.",
                "Văn bản này hiện không ai giữ. Hãy tải lại danh sách.",
            ),
            Self::Unreachable { why } => said(
                S::UNPROCESSABLE_ENTITY,
                "unreachable",
                format!("No message can go there: {why}."),
                format!("Không gửi được đến địa chỉ này: {why}."),
            )
            .hint(
                "A host inside the office has to be named in the configuration: [webhooks] allow_hosts.",
                "Máy chủ trong mạng nội bộ phải được ghi trong cấu hình: [webhooks] allow_hosts.",
            ),
            Self::NotHolder => said(
                S::FORBIDDEN,
                "not_holder",
                "Only who has a document in hand, or a maintainer, gives it to somebody else.",
                "Chỉ người đang giữ văn bản hoặc người phụ trách mới chuyển được cho người khác.",
            ),
            Self::LastAdmin => said(
                S::CONFLICT,
                "last_admin",
                "This is the last open admin account. Make another admin first.",
                "Đây là tài khoản quản trị cuối cùng. Hãy tạo quản trị viên khác trước.",
            ),
            Self::UnknownFormat { format } => said(
                S::UNPROCESSABLE_ENTITY,
                "unknown_format",
                format!("There is no format {format:?}: json, csv, xlsx, docx or md."),
                format!("Không có định dạng “{format}”: chọn json, csv, xlsx, docx hoặc md."),
            ),
            Self::BadRequest { detail } => said(
                S::BAD_REQUEST,
                "bad_request",
                detail.clone(),
                format!("Yêu cầu không đúng dạng: {detail}"),
            ),
            Self::NotJson => said(
                S::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send JSON with `Content-Type: application/json`.",
                "Hãy gửi JSON với `Content-Type: application/json`.",
            ),
            Self::DiskFull => said(
                S::INSUFFICIENT_STORAGE,
                "disk_full",
                "The server's disk is full; nothing was kept of this upload.",
                "Ổ đĩa máy chủ đã đầy; tệp này chưa được lưu.",
            )
            .hint(
                "Tell your administrator, then upload it again.",
                "Hãy báo người quản trị rồi tải lên lại.",
            ),
            Self::DatabaseAway(_) => said(
                S::SERVICE_UNAVAILABLE,
                "database_away",
                "The server's database does not answer just now.",
                "Cơ sở dữ liệu của máy chủ tạm thời không trả lời.",
            )
            .hint(
                "Try again in a moment. If it stays like that, tell your administrator.",
                "Hãy thử lại sau ít phút. Nếu vẫn vậy, hãy báo người quản trị.",
            ),
            Self::QueueFull { waiting } => said(
                S::SERVICE_UNAVAILABLE,
                "queue_full",
                format!("{waiting} documents wait to be read already; nothing was kept of this upload."),
                format!("Đã có {waiting} tài liệu chờ đọc; tệp này chưa được lưu."),
            )
            .hint(
                "Upload it again in a few minutes. The page does so by itself.",
                "Vài phút nữa hãy tải lên lại. Trang web tự làm việc này.",
            ),
            Self::TooSlow => said(
                S::REQUEST_TIMEOUT,
                "too_slow",
                "Nothing came for a minute, so the upload was given up. Try again.",
                "Một phút không nhận được dữ liệu nên đã dừng. Hãy tải lên lại.",
            ),
            Self::TimedOut => said(
                S::SERVICE_UNAVAILABLE,
                "timed_out",
                "The server took too long. Try again in a moment.",
                "Máy chủ trả lời quá lâu. Hãy thử lại sau ít phút.",
            ),
            Self::Internal(_) => said(
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong in the server; its log has the details under this response's X-Request-Id.",
                "Máy chủ gặp lỗi; nhật ký ghi chi tiết theo X-Request-Id của phản hồi này.",
            ),
        }
    }
}

fn review_status(error: &ReviewError) -> StatusCode {
    match error {
        ReviewError::SamePerson { .. } | ReviewError::NotUnseen { .. } => StatusCode::FORBIDDEN,
        ReviewError::WrongState { .. } | ReviewError::NothingToUndo | ReviewError::NotUndoable { .. } => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn password_said(error: &PasswordError) -> Said {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    match error {
        PasswordError::TooShort { least } => said(
            status,
            "password_too_short",
            format!("A password needs at least {least} characters."),
            format!("Mật khẩu cần ít nhất {least} ký tự."),
        ),
        PasswordError::TooLong { most } => said(
            status,
            "password_too_long",
            format!("A password has at most {most} bytes."),
            format!("Mật khẩu dài nhất {most} byte."),
        ),
        PasswordError::TooCommon => said(
            status,
            "password_too_common",
            "This is one of the passwords that are guessed first. Take a few words that only you would put together.",
            "Mật khẩu này thuộc loại bị đoán trước tiên. Hãy ghép vài từ mà chỉ mình bạn nghĩ ra.",
        ),
        PasswordError::HoldsName => said(
            status,
            "password_holds_name",
            "The password is hardly more than the account's name. Take a few words that have nothing to do with it.",
            "Mật khẩu gần như chỉ là tên tài khoản. Hãy ghép vài từ không liên quan đến tên.",
        ),
        PasswordError::Hash(_) => HttpError::Internal(error.to_string()).said(),
    }
}

/// `line 3 (repeated), line 7 (no_word)`
fn listed(called: &str, lines: &[(usize, &str)]) -> String {
    let each = lines
        .iter()
        .map(|(line, code)| format!("{called} {line} ({code})"));
    each.collect::<Vec<_>>().join(", ")
}

fn megabytes(bytes: u64) -> String {
    if bytes >= 1 << 20 {
        format!("{} MB", bytes >> 20)
    } else {
        format!("{bytes} bytes")
    }
}

fn role_vi(role: Role) -> &'static str {
    match role {
        Role::Clerk => "nhập liệu (clerk)",
        Role::Maintainer => "phụ trách thang điểm (maintainer)",
        Role::Admin => "quản trị (admin)",
    }
}

fn what_vi(what: &str) -> &'static str {
    match what {
        "document" => "văn bản",
        "rubric" => "thang điểm",
        "page" => "trang",
        "version" => "phiên bản",
        "phrase" => "cụm từ",
        "user" => "tài khoản",
        "file" => "tệp",
        "webhook" => "nơi nhận",
        "delivery" => "tin gửi",
        "session" => "phiên đăng nhập",
        "token" => "mã truy cập",
        _ => "địa chỉ",
    }
}

pub(super) fn title_vi(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "Yêu cầu không hợp lệ",
        StatusCode::UNAUTHORIZED => "Chưa đăng nhập",
        StatusCode::FORBIDDEN => "Không được phép",
        StatusCode::NOT_FOUND => "Không tìm thấy",
        StatusCode::METHOD_NOT_ALLOWED => "Phương thức không được nhận",
        StatusCode::REQUEST_TIMEOUT => "Quá thời gian chờ",
        StatusCode::CONFLICT => "Trạng thái không cho phép",
        StatusCode::PRECONDITION_FAILED => "Đã có thay đổi khác",
        StatusCode::PRECONDITION_REQUIRED => "Thiếu phiên bản",
        StatusCode::PAYLOAD_TOO_LARGE => "Tệp quá lớn",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Không nhận loại tệp này",
        StatusCode::UNPROCESSABLE_ENTITY => "Nội dung không dùng được",
        StatusCode::TOO_MANY_REQUESTS => "Thử quá nhiều lần",
        StatusCode::BAD_GATEWAY => "Hệ thống khác không trả lời đúng",
        StatusCode::INSUFFICIENT_STORAGE => "Hết chỗ lưu",
        StatusCode::SERVICE_UNAVAILABLE => "Tạm thời không phục vụ được",
        _ => "Lỗi máy chủ",
    }
}
