-- Browsers that left for another house's word and are not back: Pro Santé Connect, or an insurer's members' space.
alter table psc_login rename to oidc_login;
alter index psc_login_expires_idx rename to oidc_login_expires_idx;
alter table oidc_login add column peer text not null default 'psc';
alter table oidc_login alter column peer drop default;
-- Sessions whose browser keeps a key in the machine itself (Device Bound Session Credentials), and from when its
-- cookie is asked.
alter table web_session add column device_jwk text, add column device_from timestamptz;
alter table web_session add constraint web_session_device_whole check ((device_jwk is null) = (device_from is null));
alter table ceremony drop constraint ceremony_purpose_known;
alter table ceremony add constraint ceremony_purpose_known
    check (purpose in ('enrol', 'login', 'touch', 'add', 'sign', 'device'));
