-- Whom the office's own provider of sign-ins vouches for. Its name for a person (issuer and subject) never changes and
-- is never given to another, so it alone leads to the account; such an account has no password ('').
CREATE TABLE identities (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    user_name TEXT NOT NULL UNIQUE COLLATE NOCASE REFERENCES users (name),
    PRIMARY KEY (issuer, subject)
) STRICT;
