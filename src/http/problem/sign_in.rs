//! What is said of sign-ins at the office's provider.

use axum::http::StatusCode as S;

use super::words::{Said, said};
use crate::http::oidc::OidcError;

pub(super) fn words(error: &OidcError) -> Said {
    match error {
        OidcError::NotUnderWay => said(
            S::BAD_REQUEST,
            "sign_in_not_under_way",
            "This sign-in was not begun in this browser, took too long, or has been used already. Begin again from the \
             sign-in page.",
            "Lần đăng nhập này không bắt đầu từ trình duyệt này, đã quá lâu hoặc đã dùng rồi. Hãy bắt đầu lại từ trang \
             đăng nhập.",
        ),
        OidcError::Declined(_) => said(
            S::FORBIDDEN,
            "provider_declined",
            "The office's sign-in service did not let you in, or you cancelled. Begin again from the sign-in page.",
            "Hệ thống đăng nhập của cơ quan không cho vào, hoặc bạn đã huỷ. Hãy bắt đầu lại từ trang đăng nhập.",
        ),
        OidcError::Asking(_) => said(
            S::BAD_GATEWAY,
            "provider_unreachable",
            "The office's sign-in service does not answer, or not as it should. Try again in a moment.",
            "Hệ thống đăng nhập của cơ quan không trả lời, hoặc trả lời không đúng. Hãy thử lại sau ít phút.",
        )
        .hint(
            "If it stays so, tell your administrator: the server's log says why.",
            "Nếu vẫn vậy, hãy báo người quản trị: nhật ký máy chủ ghi rõ lý do.",
        ),
        OidcError::Untrue(_) => said(
            S::BAD_GATEWAY,
            "provider_not_believed",
            "What the office's sign-in service said of you could not be verified, so you were not let in. Begin again \
             from the sign-in page.",
            "Không kiểm chứng được điều hệ thống đăng nhập của cơ quan nói về bạn nên chưa cho vào. Hãy bắt đầu lại từ \
             trang đăng nhập.",
        )
        .hint(
            "If it happens again, tell your administrator: the server's log says why.",
            "Nếu lặp lại, hãy báo người quản trị: nhật ký máy chủ ghi rõ lý do.",
        ),
        OidcError::NoRole => said(
            S::FORBIDDEN,
            "no_role",
            "Your office account is right, but it has no role in sohoa. Ask your administrator for one.",
            "Tài khoản cơ quan của bạn đúng, nhưng chưa được giao vai trò nào trong sohoa. Hãy nhờ người quản trị giao \
             vai trò.",
        ),
        OidcError::Closed => said(
            S::FORBIDDEN,
            "account_closed",
            "Your account in sohoa is closed. Ask your administrator to open it again.",
            "Tài khoản của bạn trong sohoa đã bị khoá. Hãy nhờ người quản trị mở lại.",
        ),
        OidcError::NameTaken { name, subject } => said(
            S::CONFLICT,
            "provider_name_taken",
            format!(
                "There is an account “{name}” in sohoa already, and it is not bound to your office account. If it is \
                 yours, ask your administrator to run: sohoa user bind {name} '{subject}'"
            ),
            format!(
                "Trong sohoa đã có tài khoản “{name}”, chưa gắn với tài khoản cơ quan của bạn. Nếu đó là tài khoản của \
                 bạn, hãy nhờ người quản trị chạy: sohoa user bind {name} '{subject}'"
            ),
        ),
    }
}
