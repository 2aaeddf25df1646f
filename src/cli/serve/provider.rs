//! The office's own provider of sign-ins, as the settings describe it.

use crate::cli::{Exit, Failure, Said};
use crate::config::OidcSection;
use crate::http::{BadOidc, ButtonLabel, ClientSecret, OidcSettings, Provider};
use crate::store::Role;

/// `None` when the settings name no provider.
pub(super) fn configured(section: &OidcSection) -> Result<Option<Provider>, Failure> {
    if section.issuer.is_empty() {
        return Ok(None);
    }
    let named = |names: &[String], role| names.iter().map(|name| (name.clone(), role)).collect::<Vec<_>>();
    let settings = OidcSettings {
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: secret(section)?,
        public: section.public_url.clone(),
        scopes: section.scopes.clone(),
        role_claim: section.role_claim.clone(),
        roles: [
            named(&section.clerk, Role::Clerk),
            named(&section.maintainer, Role::Maintainer),
            named(&section.admin, Role::Admin),
        ]
        .concat(),
        label: ButtonLabel {
            vi: section.label_vi.clone(),
            en: section.label_en.clone(),
        },
    };
    let callback = settings.callback();
    let provider = Provider::new(settings).map_err(|error| refused(&error))?;
    tracing::info!(
        issuer = section.issuer,
        callback,
        "people can sign in at a provider"
    );
    Ok(Some(provider))
}

fn secret(section: &OidcSection) -> Result<Option<ClientSecret>, Failure> {
    let text = if section.secret_file.as_os_str().is_empty() {
        OidcSection::secret_of_the_environment().unwrap_or_default()
    } else {
        let file = &section.secret_file;
        std::fs::read_to_string(file).map_err(|error| Failure::io(file.display(), &error))?
    };
    let text = text.trim();
    Ok((!text.is_empty()).then(|| ClientSecret::new(text)))
}

fn refused(error: &BadOidc) -> Failure {
    let vi = match error {
        BadOidc::Issuer => "issuer phải là địa chỉ https (chỉ máy này mới được dùng http)".to_owned(),
        BadOidc::NoClient => "thiếu client_id".to_owned(),
        BadOidc::Public => {
            "public_url phải là địa chỉ https của dịch vụ này (chỉ máy này mới được dùng http)".to_owned()
        }
        BadOidc::NoRole => "chưa nêu vai trò nào nên không ai vào được".to_owned(),
        BadOidc::Tls(error) => format!("TLS: {error}"),
    };
    Failure::new(
        Exit::BadArguments,
        "bad_oidc",
        Said::new(format!("[oidc]: {vi}"), format!("[oidc]: {error}")),
    )
    .hint(Said::new(
        "`sohoa config` in ra mục [oidc] có chú giải",
        "`sohoa config` prints the section [oidc] with comments",
    ))
}
