CREATE SCHEMA extensions;
ALTER SCHEMA extensions OWNER TO egide;
CREATE SCHEMA gate;
ALTER SCHEMA gate OWNER TO egide_gate;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA extensions;
COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';
CREATE TYPE gate.answer AS (
	outcome text,
	anybody uuid,
	person_id uuid,
	insurer_id uuid,
	plan_code text,
	start_on date,
	end_on date
);
ALTER TYPE gate.answer OWNER TO egide_gate;
CREATE TYPE gate.question AS (
	establishment uuid,
	entry uuid,
	software uuid,
	proof uuid,
	purpose text,
	basis text,
	address uuid,
	care_on date,
	key text,
	method text,
	amc text
);
ALTER TYPE gate.question OWNER TO egide_gate;
CREATE TABLE gate.budget (
    establishment_id uuid NOT NULL,
    day_limit integer NOT NULL,
    month_limit integer NOT NULL,
    proved boolean DEFAULT false NOT NULL,
    adapted_in integer,
    misses integer DEFAULT 0 NOT NULL,
    relation_day_limit integer DEFAULT 300 NOT NULL,
    relation_month_limit integer DEFAULT 3000 NOT NULL,
    first_contact_limit integer,
    first_contact_on date,
    CONSTRAINT budget_day_bound CHECK (((day_limit >= 0) AND (day_limit <= 100))),
    CONSTRAINT budget_month_bound CHECK (((month_limit >= 0) AND (month_limit <= 300)))
);
ALTER TABLE gate.budget OWNER TO egide_gate;
CREATE FUNCTION gate.adapted_budget(p_establishment uuid, p_basis text) RETURNS gate.budget
    LANGUAGE plpgsql
    AS 'ccaae758ee5b66a0e59a089a3e8ebc3ccb350d3ccec678e1d6211a5e942a12b8';
ALTER FUNCTION gate.adapted_budget(p_establishment uuid, p_basis text) OWNER TO egide_gate;
CREATE FUNCTION gate.after(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS '839427ee9418ecd65aa69be4f5312726cec6c1b11d1a7d85e383c003d52fbc80';
ALTER FUNCTION gate.after(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.ask(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[] DEFAULT NULL::text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET lock_timeout TO '500ms'
    AS 'ff12f6ef922470a2f8532edec94713cd9e696156d24c766682356b68fb77442f';
ALTER FUNCTION gate.ask(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) OWNER TO egide_gate;
CREATE FUNCTION gate.asks_rights(p_insurer uuid, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS 'f648512520060eb66b3fa4d0776a79f0d495d464afbe448d641468487fe5d5e5';
ALTER FUNCTION gate.asks_rights(p_insurer uuid, p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.beyond_caps(p_ord bigint[], p_kind text[], p_value text[], p_shard integer[], p_day date) RETURNS bigint[]
    LANGUAGE plpgsql
    AS '5354f564a8e964e5f36bec71738b7454f3ee88268a98100ea4a339562d862d53';
ALTER FUNCTION gate.beyond_caps(p_ord bigint[], p_kind text[], p_value text[], p_shard integer[], p_day date) OWNER TO egide_gate;
CREATE FUNCTION gate.cap_segments(p_question gate.question[], p_verdict text[], p_new bigint[], p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql
    AS 'd50a040722fa7262da5ec2a75d5386816932e53705a9763e069e9413b097ef7e';
ALTER FUNCTION gate.cap_segments(p_question gate.question[], p_verdict text[], p_new bigint[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.card_held(p_digest uuid, p_today date) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '331e22d4cea88b6be26957c0bffd259440d275a1d9e0bce76b599da4483b5e9c';
ALTER FUNCTION gate.card_held(p_digest uuid, p_today date) OWNER TO egide_gate;
CREATE FUNCTION gate.charge(p_establishment uuid, p_address uuid, p_basis text, p_person uuid, p_unmet boolean) RETURNS text
    LANGUAGE plpgsql
    AS 'cf74a9a8194fa41d043fa19f9aa01f765f12bfd9e0d05531c935867980fb1dd7';
ALTER FUNCTION gate.charge(p_establishment uuid, p_address uuid, p_basis text, p_person uuid, p_unmet boolean) OWNER TO egide_gate;
CREATE FUNCTION gate.charge_unproved(p_question gate.question[], INOUT p_verdict text[], p_now timestamp with time zone, OUT v_new bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS '7dda7d9874a2cf21fdfafc44c1b6feac708281006d6ab840f539d6ef5b44fcfc';
ALTER FUNCTION gate.charge_unproved(p_question gate.question[], INOUT p_verdict text[], p_now timestamp with time zone, OUT v_new bigint[]) OWNER TO egide_gate;
CREATE FUNCTION gate.contain_by_fact(p_establishment uuid, p_kind text, p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS 'ed911a32f61a8bf40c17afd78c8b039df975a59d9aa460afb03150478711fa14';
ALTER FUNCTION gate.contain_by_fact(p_establishment uuid, p_kind text, p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.count_misses(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS '012405f0c11b45b5c6a20da50576f373b281a057e4fafaa61ad4935b3a771d31';
ALTER FUNCTION gate.count_misses(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.count_word(p_establishment uuid, p_is_shown boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    SET lock_timeout TO '500ms'
    AS '4d6325c151f70cccfd6a7806aad772ccd52fadcb530059ed220e6cacfd6e0e49';
ALTER FUNCTION gate.count_word(p_establishment uuid, p_is_shown boolean) OWNER TO egide_gate;
CREATE FUNCTION gate.counted_anew(p_question gate.question[], p_new bigint[], p_now timestamp with time zone) RETURNS bigint[]
    LANGUAGE plpgsql
    AS '8a0db48df6ec8e0bdc125dddad4b9420e5afff597babd9f250a314b732b37756';
ALTER FUNCTION gate.counted_anew(p_question gate.question[], p_new bigint[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.covers(p_establishment uuid, p_purpose text, p_basis text, p_address uuid, p_care_on date, p_meant uuid, p_amc text) RETURNS TABLE(person_id uuid, insurer_id uuid, plan_code text, start_on date, end_on date, on_day boolean, is_revoked boolean)
    LANGUAGE sql STABLE
    AS '519ae50fa173882a11912c244b5e1561923cf83ab2e8ba6c8b4b63890d367437';
ALTER FUNCTION gate.covers(p_establishment uuid, p_purpose text, p_basis text, p_address uuid, p_care_on date, p_meant uuid, p_amc text) OWNER TO egide_gate;
CREATE FUNCTION gate.crowded() RETURNS TABLE(kind text, value text, day date, persons bigint, day_cap integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '3e72dbe4632957c1052719b359d4e6a3947d9311fa936985b279dba815806dd8';
ALTER FUNCTION gate.crowded() OWNER TO egide_gate;
CREATE FUNCTION gate.engagement(p_establishment uuid, p_read uuid) RETURNS TABLE(at timestamp with time zone, care_on date, insurer_id uuid, plan_code text, start_on date, end_on date)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS 'a57d559515648a88663c56b289ab36c388d0d9ce0ec59918e63fb28b3862c5cf';
ALTER FUNCTION gate.engagement(p_establishment uuid, p_read uuid) OWNER TO egide_gate;
CREATE TABLE gate.entry (
    establishment_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    software_id uuid,
    purpose text NOT NULL,
    basis text NOT NULL,
    address uuid NOT NULL,
    care_on date NOT NULL,
    outcome text NOT NULL,
    person_id uuid,
    insurer_id uuid,
    plan_code text,
    start_on date,
    end_on date,
    account_id uuid,
    key text,
    method text,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT entry_basis_known CHECK ((basis = ANY (ARRAY['P'::text, 'A'::text, 'H'::text, 'U'::text, 'E'::text, 'T'::text, 'R'::text, 'O'::text, 'S'::text]))),
    CONSTRAINT entry_export_is_by_order CHECK (((purpose = 'export'::text) = (basis = 'O'::text))),
    CONSTRAINT entry_names_who_received CHECK ((((purpose = ANY (ARRAY['support'::text, 'export'::text, 'own'::text])) = (account_id IS NOT NULL)) AND ((purpose = ANY (ARRAY['support'::text, 'export'::text, 'own'::text])) = (software_id IS NULL)))),
    CONSTRAINT entry_outcome_known CHECK ((outcome = ANY (ARRAY['shown'::text, 'unknown'::text, 'not-covered'::text, 'ambiguous'::text, 'revoked'::text, 'over-budget'::text, 'over-cap'::text, 'over-pace'::text, 'suspended'::text, 'replayed'::text, 'canary'::text]))),
    CONSTRAINT entry_own_is_by_oneself CHECK (((purpose = 'own'::text) = (basis = 'S'::text))),
    CONSTRAINT entry_purpose_known CHECK ((purpose = ANY (ARRAY['rights'::text, 'claim'::text, 'preauth'::text, 'quote'::text, 'support'::text, 'reread'::text, 'export'::text, 'own'::text]))),
    CONSTRAINT entry_reread_is_of_ones_own CHECK (((purpose = 'reread'::text) = (basis = 'R'::text))),
    CONSTRAINT entry_shown_names_a_person CHECK (((outcome = 'shown'::text) = (person_id IS NOT NULL))),
    CONSTRAINT entry_support_is_by_ticket CHECK (((purpose = 'support'::text) = (basis = 'T'::text)))
);
ALTER TABLE gate.entry OWNER TO egide_gate;
CREATE FUNCTION gate.entry_text(e gate.entry) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'gate', 'pg_temp'
    AS 'e6ce898fe14c2c4f1ac260e7ab680bd6dc4c964b8624a161b09ab681a76143fe';
ALTER FUNCTION gate.entry_text(e gate.entry) OWNER TO egide_gate;
CREATE FUNCTION gate.first_contact_rate(p_establishment uuid) RETURNS integer
    LANGUAGE sql STABLE
    AS '42e88f57e05cdcb694b37102a1e89c9119a70461739b58f305263c7747295e81';
ALTER FUNCTION gate.first_contact_rate(p_establishment uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.forbid_change() RETURNS trigger
    LANGUAGE plpgsql
    AS 'e8bc04cbd0a08baf182b66be142ff8bdcb9cd89083bd27c8ff42230e4d464129';
ALTER FUNCTION gate.forbid_change() OWNER TO egide_gate;
CREATE FUNCTION gate.forget_proofs() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS 'd94018dee59c4b59d5b130a4a64a3051c7af786feeb2f0d3b303ee5975541767';
ALTER FUNCTION gate.forget_proofs() OWNER TO egide_gate;
CREATE FUNCTION gate.hold_to_intents(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql
    AS 'ce8d85378fc5848a6ddf7c88a407e7bab019756b9aee7c5cc8af17d11ab67d54';
ALTER FUNCTION gate.hold_to_intents(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.instant() RETURNS timestamp with time zone
    LANGUAGE sql
    AS '4c502774edf949ff930d80b711b719e6852a76df012e9c2f0e4409b53b0b0cc0';
ALTER FUNCTION gate.instant() OWNER TO egide_gate;
CREATE FUNCTION gate.intend(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_basis text[], p_address uuid[], p_key text[], p_method text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    SET lock_timeout TO '500ms'
    AS '46f663531e6e6d6e9086b59041ca24fdb0f30955fd01a330c8391a28e3ef486b';
ALTER FUNCTION gate.intend(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_basis text[], p_address uuid[], p_key text[], p_method text[]) OWNER TO egide_gate;
CREATE FUNCTION gate.is_earlier(p_xid xid8) RETURNS boolean
    LANGUAGE sql STABLE
    AS '3416001d4111f285a861d2a0d1c44f65f727b78b110b4ae3b13a7b23bb5c4652';
ALTER FUNCTION gate.is_earlier(p_xid xid8) OWNER TO egide_gate;
CREATE FUNCTION gate.is_off(p_establishment uuid, p_software uuid, p_key text, p_method text, p_flow text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '0462ffaea17479f4ea9cba09f2319187ebafbfab920a54b80c149982686a94e1';
ALTER FUNCTION gate.is_off(p_establishment uuid, p_software uuid, p_key text, p_method text, p_flow text) OWNER TO egide_gate;
CREATE FUNCTION gate.is_stale(p_establishment uuid, p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS '03a86a3a8d17d2a044f796784fdabd8ca6827529d1fad9ff28c170481492c12b';
ALTER FUNCTION gate.is_stale(p_establishment uuid, p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.justify(p_establishment uuid[], p_person uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '584a5f0dfef80c970082fe83fb9336f990e8fa23850c6fa15c54fc4356245286';
ALTER FUNCTION gate.justify(p_establishment uuid[], p_person uuid[]) OWNER TO egide_gate;
CREATE FUNCTION gate.justify_claimed() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '6e1bf446339800e35d261de3d14147bd61c932255882f7348e854c17cb843d41';
ALTER FUNCTION gate.justify_claimed() OWNER TO egide_gate;
CREATE FUNCTION gate.kept(p_address uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT
    AS '692c0a34683aeb370cfbeff60c51a192303ed6527d3d3c4377db1d85acba67f7';
ALTER FUNCTION gate.kept(p_address uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.leaf_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS '52bc263c805504a86a30103cde1d245fb2e0e1568f496622da81a7ca9832619c';
ALTER FUNCTION gate.leaf_kept() OWNER TO egide_gate;
CREATE FUNCTION gate.leaf_of(p_establishment uuid, p_entry uuid) RETURNS TABLE(index bigint, salt bytea, entry jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS 'c0f9be87473eb2dda1186a0819b4e8a91a63c257c3af4b9887a143576e397bd0';
ALTER FUNCTION gate.leaf_of(p_establishment uuid, p_entry uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.log_horizon() RETURNS xid8
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS 'e45eb17cbca4e793a5da4beade0eb1b797aa1077eb2f8214b55df77177db8988';
ALTER FUNCTION gate.log_horizon() OWNER TO egide_gate;
CREATE FUNCTION gate.log_lag(OUT waiting_since timestamp with time zone, OUT unseen_since timestamp with time zone) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '364ebd976c7bbe599ed4cfc2a57c09838e159e4693090be475d5dfa198c99b12';
ALTER FUNCTION gate.log_lag(OUT waiting_since timestamp with time zone, OUT unseen_since timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.log_left() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '87af184cc4cc6e9f2603983c55514dbbf82cb7629e435683ed04abab76161399';
ALTER FUNCTION gate.log_left() OWNER TO egide_gate;
CREATE FUNCTION gate.look_up(p_question gate.question[], p_verdict text[], p_meant uuid[], p_now timestamp with time zone) RETURNS gate.answer[]
    LANGUAGE plpgsql
    AS '0d47bc6bfdec4eda00900a7fb7e2e055bcd194ef9626d0eefb03127cb9635b0f';
ALTER FUNCTION gate.look_up(p_question gate.question[], p_verdict text[], p_meant uuid[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.meant(p_question gate.question[], p_verdict text[], p_now timestamp with time zone) RETURNS uuid[]
    LANGUAGE plpgsql
    AS '7a8b941e7443f01336e5e58ba23619134282c8a190bac57e6629f5aa6ef52932';
ALTER FUNCTION gate.meant(p_question gate.question[], p_verdict text[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS 'ecf99073c5d270c60753e1ae336d5477e36aa3b1722932e64aa0163ac39d4077';
ALTER FUNCTION gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) OWNER TO egide_gate;
CREATE FUNCTION gate.open_budget(p_establishment uuid, p_proved boolean) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '73d9e05eeb434b1821c1f72610f21072b3cafaae8832e218ebd80ff542418b14';
ALTER FUNCTION gate.open_budget(p_establishment uuid, p_proved boolean) OWNER TO egide_gate;
CREATE FUNCTION gate.period(p_at timestamp with time zone) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS '3aa0332fb86647e18ecf652112cda2ab0a066c839d01b93581284beeb87947c5';
ALTER FUNCTION gate.period(p_at timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.prove(p_establishment uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '4bac639a2ac5ef37030fb78643d8a61a0213c3edeac17dc9311099ae716432cf';
ALTER FUNCTION gate.prove(p_establishment uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.questions(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) RETURNS gate.question[]
    LANGUAGE plpgsql IMMUTABLE
    AS 'd08a7fa8ada538c4fe6927db1736e4380fe810db335102d9a03c98c246c40c99';
ALTER FUNCTION gate.questions(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) OWNER TO egide_gate;
CREATE FUNCTION gate.ranking(p_limit integer) RETURNS TABLE(establishment_id uuid, score bigint, new_today bigint, refused_today bigint, misses integer, unjustified bigint, stale bigint, justified bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '5ce70338a6936c0090ae00c92efe1e03357f59147dbaaf586b5234b3335c3f09';
ALTER FUNCTION gate.ranking(p_limit integer) OWNER TO egide_gate;
CREATE FUNCTION gate.read_committed() RETURNS void
    LANGUAGE plpgsql
    AS 'f18b6b5f28cdc3f0f1482e4a3a43434382825d7e03d736886e5c8b8919c189e7';
ALTER FUNCTION gate.read_committed() OWNER TO egide_gate;
CREATE FUNCTION gate.reread(p_establishment uuid, p_entry uuid[], p_read uuid[], p_software uuid, p_key text, p_method text, p_is_bounded boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '9d874982d0c638fac05476d913f80489251dfb97ab715b90038ac0e356044899';
ALTER FUNCTION gate.reread(p_establishment uuid, p_entry uuid[], p_read uuid[], p_software uuid, p_key text, p_method text, p_is_bounded boolean) OWNER TO egide_gate;
CREATE FUNCTION gate.revoke_card(p_address uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '16181b078ebf8776a00a167a0d3dcfaabdbfe397371f759b6cac63840867807c';
ALTER FUNCTION gate.revoke_card(p_address uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.ring_canaries(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS '32df77eea2f10a83f85d5ee8ac3f86d68bc7b4e9298761b988f36f4d17c445c4';
ALTER FUNCTION gate.ring_canaries(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text, p_until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS 'fa6d9f0b1aec770b0b56bcba8cb5a8cc06562254ec5293f697294373d504ff4d';
ALTER FUNCTION gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text, p_until timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.settle(p_establishment uuid[], p_person uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '83f4714f7fc89dff835cb6f7308f4715905990ad9af5ae0feb0e9b99da9e09e6';
ALTER FUNCTION gate.settle(p_establishment uuid[], p_person uuid[]) OWNER TO egide_gate;
CREATE FUNCTION gate.shut_behind_witness(p_said text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '4757ee265527a60d717b8fe2d4f58048d9a54c9100080909900054b2c80fc789';
ALTER FUNCTION gate.shut_behind_witness(p_said text) OWNER TO egide_gate;
CREATE FUNCTION gate.size_segments() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'gate', 'public', 'pg_temp'
    AS 'e13629fd538d82e0fb2b0207014c42b1087a3cb97425e90c69bfc78c57be877e';
ALTER FUNCTION gate.size_segments() OWNER TO egide_gate;
CREATE FUNCTION gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text) RETURNS TABLE(day_limit integer, day_used bigint, month_limit integer, month_used bigint, relation_limit integer, relation_used bigint, is_card_only boolean, first_contact_limit integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '915d97fd57418a032256f9ff0d6e39adf81c6e5485b1904be3660bd64c2f4e64';
ALTER FUNCTION gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text) OWNER TO egide_gate;
CREATE FUNCTION gate.suspend(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql
    AS '6b3d1fe6faad576f8c79fdb98f1026fa7a590fccc4749db0c2629c2ce1ff8d3d';
ALTER FUNCTION gate.suspend(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.tenants() RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'gate', 'pg_temp'
    AS '92ba792f99d1378849f97e23e65e0d3f60beedec1e5630bf0244075b00623cb8';
ALTER FUNCTION gate.tenants() OWNER TO egide_gate;
CREATE FUNCTION gate.tile_grows() RETURNS trigger
    LANGUAGE plpgsql
    AS 'dc9e76d012ce2fc1e1b4fd2520f976dd89d9170dfac7372387d0d7df52156196';
ALTER FUNCTION gate.tile_grows() OWNER TO egide_gate;
CREATE FUNCTION gate.told(p_establishment uuid[], p_entry uuid[]) RETURNS TABLE(ordinal bigint, outcome text, person_id uuid, insurer_id uuid, plan_code text, start_on date, end_on date, birth_year smallint, alias uuid, contract_id uuid, elsewhere uuid[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '46268455811b99dd7b2f0a45430ce709a5096640ae3eb6f65bd39e3ad1cd0567';
ALTER FUNCTION gate.told(p_establishment uuid[], p_entry uuid[]) OWNER TO egide_gate;
CREATE FUNCTION gate.try_number(p_establishment uuid, p_is_missed boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '545b26a8f8feab9041a8a8822eb6f66e58708ec5ca7859a28df553a7b0ee58e3';
ALTER FUNCTION gate.try_number(p_establishment uuid, p_is_missed boolean) OWNER TO egide_gate;
CREATE FUNCTION gate.unjustified(p_establishment uuid, p_limit integer) RETURNS TABLE(asked_at timestamp with time zone, is_found boolean, is_unmet boolean, is_held boolean, purpose text, software text, key text, other_establishments bigint, other_departments bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '40f95fca3b2405c906587331ee9e76ab43f29a83e9a436eccc6b5565fb66da0e';
ALTER FUNCTION gate.unjustified(p_establishment uuid, p_limit integer) OWNER TO egide_gate;
CREATE FUNCTION gate.use_proof(p_proof uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '9723e7a0cdf6f33be93fe9f05f39d20db4f1111d2cfe28afc656da7ffc8f0c6c';
ALTER FUNCTION gate.use_proof(p_proof uuid) OWNER TO egide_gate;
CREATE FUNCTION gate.use_proofs(p_question gate.question[], p_now timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql
    AS 'fca69c6eb254df7480af356c3106e1267eded1df7257f46ccda8a70b56e18564';
ALTER FUNCTION gate.use_proofs(p_question gate.question[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION gate.write_answers(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS '7c7abcbf209dc22a1c6d50c8f9a4f5f0b02b4c4a79d7090850f44a27ef2ebdd5';
ALTER FUNCTION gate.write_answers(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) OWNER TO egide_gate;
CREATE FUNCTION public.accept_call(p_session uuid, p_settlement text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '8eec26d0599d021ab322f96d2b2ad038390352b9104604b6f0e4b6d0679b4b45';
ALTER FUNCTION public.accept_call(p_session uuid, p_settlement text) OWNER TO egide;
CREATE FUNCTION public.accesses_of(p_session uuid, p_before timestamp with time zone) RETURNS TABLE(at timestamp with time zone, entry_id uuid, establishment_id uuid, name text, profession text, department text, purpose text, basis text, care_on date, is_in_tree boolean, is_owed boolean, objected_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b1515c7c7bede9d1d9a588d65032283529a5d39c165c0850722ef58b91080c1c';
ALTER FUNCTION public.accesses_of(p_session uuid, p_before timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.account_closed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '64269e08d34fc1fc4f18e18c27a6994d9587747155c7325a0bfcd9f871082a73';
ALTER FUNCTION public.account_closed() OWNER TO egide;
CREATE FUNCTION public.activate_insured(p_address uuid, p_account uuid, p_label bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '6872d8e6509f78484f6a81957c4264e1582739cdda1364534ddf95d5227a52c6';
ALTER FUNCTION public.activate_insured(p_address uuid, p_account uuid, p_label bytea) OWNER TO egide;
CREATE FUNCTION public.another_administrator(p_establishment uuid, p_account uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '49f9bfd9de8923e95e98c698fdc2aeadc87be699f2c5f96015da687d78380f7f';
ALTER FUNCTION public.another_administrator(p_establishment uuid, p_account uuid) OWNER TO egide;
CREATE FUNCTION public.answer_dispute(p_session uuid, p_dispute uuid, p_is_upheld boolean, p_reason text, p_raise_by date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '2659f7afdcc38f334e91b0aed192b765fdfc82077863f7c46974a895659442f4';
ALTER FUNCTION public.answer_dispute(p_session uuid, p_dispute uuid, p_is_upheld boolean, p_reason text, p_raise_by date) OWNER TO egide;
CREATE FUNCTION public.answer_preauth(p_session uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'a3baaa525e1d2c10ab7df6ee64718dd59e6c0f5766f530b9f5653946b9644051';
ALTER FUNCTION public.answer_preauth(p_session uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) OWNER TO egide;
CREATE FUNCTION public.answer_preauth_by_service(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'bd28de611026c378c4626b055ecc75406d752201a40f7544eaa0e20793e728de';
ALTER FUNCTION public.answer_preauth_by_service(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) OWNER TO egide;
CREATE FUNCTION public.answered_preauth(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'eae4f4abe6d4ca12d64ceee05b8e9eab4f50e7445bc8294401a96c22b5548679';
ALTER FUNCTION public.answered_preauth(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) OWNER TO egide;
CREATE FUNCTION public.apply_establishment_changes() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '7e01fde365a307da06aeb0191a02ebe0d471fa946f23b26e5851aa1d27eac3f8';
ALTER FUNCTION public.apply_establishment_changes() OWNER TO egide;
CREATE FUNCTION public.call_shown(p_session uuid, p_settlement text) RETURNS TABLE(finess text, name text, profession text, department text, claims bigint, amount_cents bigint, largest_cents bigint, persons bigint, new_persons bigint, without_card bigint, again bigint, stands_out boolean, all_of_them bigint, all_cents bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'cd6b0023f7c75637aba57b02f423deca5783027a80936eea93d6dcb24774fa34';
ALTER FUNCTION public.call_shown(p_session uuid, p_settlement text) OWNER TO egide;
CREATE FUNCTION public.caller_key_attested() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '133b5be1d1e61f5daf8df8f64cedb6b94b1f1991b54b8d268fc6d7497696aed3';
ALTER FUNCTION public.caller_key_attested() OWNER TO egide;
CREATE FUNCTION public.caller_key_few_revoked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'c9178148bf79b6ae65aa76a174e054b81ad14b7b0a5a8e9db75849ecafda539c';
ALTER FUNCTION public.caller_key_few_revoked() OWNER TO egide;
CREATE FUNCTION public.cancel_claim(p_establishment uuid, p_claim uuid, p_replaced_by uuid, p_attested bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '329484dd425f0e508ed209aae6b95b8f9c043c773076e7976bf2b933ad3872da';
ALTER FUNCTION public.cancel_claim(p_establishment uuid, p_claim uuid, p_replaced_by uuid, p_attested bytea) OWNER TO egide;
CREATE FUNCTION public.check_cancellations(p_claims uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b9990ce2855b961c179fe5f308e061b3ec2bc3df86d4b097de1f63ec224e4480';
ALTER FUNCTION public.check_cancellations(p_claims uuid[]) OWNER TO egide;
CREATE FUNCTION public.claim_comes_in_unsettled() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '8fbda34720bc9fb437d7f91d4550c4e8f489debda9155b75053cc53729424dab';
ALTER FUNCTION public.claim_comes_in_unsettled() OWNER TO egide;
CREATE FUNCTION public.close_dormant_accounts() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '78e1780ee940443582563b81ad753ac07ef91fe78a805f7a405ddcaa25acdb56';
ALTER FUNCTION public.close_dormant_accounts() OWNER TO egide;
CREATE FUNCTION public.confirm_presence(p_session uuid, p_establishment uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b96e2a086a4196edf1efa696ea611e04a72159c1ba97dbcb86bd73357c083dc0';
ALTER FUNCTION public.confirm_presence(p_session uuid, p_establishment uuid) OWNER TO egide;
CREATE FUNCTION public.contain(p_session uuid, p_kind text, p_value text, p_mode text, p_reason text, p_until timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'fb53743f8873a688a2c835dac6a7a40f5e425b286dd54b6141871260f69859df';
ALTER FUNCTION public.contain(p_session uuid, p_kind text, p_value text, p_mode text, p_reason text, p_until timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.contained(p_session uuid) RETURNS TABLE(kind text, value text, mode text, reason text, author text, since timestamp with time zone, until timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '0a66dc676a393d3104d3e4db51389731644319b4518fb7b6a4312757da701f87';
ALTER FUNCTION public.contained(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.contest_preauth(p_session uuid, p_establishment uuid, p_preauth uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '61b7e45065fa05a11d518cb9e91f6cda2943bece498aec7693a2d2b47dbae111';
ALTER FUNCTION public.contest_preauth(p_session uuid, p_establishment uuid, p_preauth uuid) OWNER TO egide;
CREATE FUNCTION public.decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '857122a888b2eb061c0df5e59fad043949b7322782008582389afdc30c490609';
ALTER FUNCTION public.decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) OWNER TO egide;
CREATE FUNCTION public.declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '19294b5a319cd9b5cbe85be5c40154872a4e18a0566cffb4100967d6fe4591f8';
ALTER FUNCTION public.declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) OWNER TO egide;
CREATE FUNCTION public.dispute_raised(p_establishment uuid, p_dispute uuid, p_second_by date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '4b77db9110c2426b9ed427348d867cc326a93337258ba6e026e7e7b6f5a0cd76';
ALTER FUNCTION public.dispute_raised(p_establishment uuid, p_dispute uuid, p_second_by date) OWNER TO egide;
CREATE FUNCTION public.dispute_withdrawn(p_establishment uuid, p_dispute uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '2d57731ac03029fe4a7e71e200a1c4c94ae95199b6cb9b3fc4604d72494fd292';
ALTER FUNCTION public.dispute_withdrawn(p_establishment uuid, p_dispute uuid) OWNER TO egide;
CREATE FUNCTION public.ended_once() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '13a8d179e0452c14e3b371648ee6f58d17693e079db0fa55ee301e430e0402fd';
ALTER FUNCTION public.ended_once() OWNER TO egide;
CREATE FUNCTION public.enrol_applicant(p_account uuid, p_rpps text, p_profession text, p_places text[], p_label bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '96fadb36951bf2b4e96d088dbfd993f55f13bc78b56b0f92f996fe02e14dcd4e';
ALTER FUNCTION public.enrol_applicant(p_account uuid, p_rpps text, p_profession text, p_places text[], p_label bytea) OWNER TO egide;
CREATE FUNCTION public.enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '4990c34b75e08485290dc1a31142566bf74a44f3a23a5389d049363dbbe8b327';
ALTER FUNCTION public.enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) OWNER TO egide;
CREATE FUNCTION public.enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'fc4d1bf99ff9eb0a2d2bc9ee42dc075e438902973d7d2cae3a0d747e785759d6';
ALTER FUNCTION public.enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.erase_person(p_person uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'cd90da0f69e417360233b4e6f81299a72e1250e597c3ffdf7ce34a08cccb8950';
ALTER FUNCTION public.erase_person(p_person uuid) OWNER TO egide;
CREATE FUNCTION public.establishment_application_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '5bfd189d720fa15dd9977657fd269358a64ea206162284bac66ba087121cbd73';
ALTER FUNCTION public.establishment_application_guard() OWNER TO egide;
CREATE TABLE public.establishment_change (
    change_id uuid NOT NULL,
    establishment_id uuid,
    sealed bytea NOT NULL,
    shown text NOT NULL,
    address uuid NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    approved_by uuid,
    approved_at timestamp with time zone,
    cancelled_by uuid,
    cancelled_at timestamp with time zone,
    applied_at timestamp with time zone,
    kind text NOT NULL,
    subject uuid,
    code_hash bytea,
    CONSTRAINT establishment_change_approved_by_somebody CHECK (((approved_by IS NULL) = (approved_at IS NULL))),
    CONSTRAINT establishment_change_by_two CHECK ((approved_by <> asked_by)),
    CONSTRAINT establishment_change_ends_once CHECK (((applied_at IS NULL) OR (cancelled_at IS NULL))),
    CONSTRAINT establishment_change_has_its_establishment CHECK (((establishment_id IS NOT NULL) OR (kind = 'recovery'::text))),
    CONSTRAINT establishment_change_has_its_subject CHECK (((kind = ANY (ARRAY['administrator'::text, 'recovery'::text])) = (subject IS NOT NULL))),
    CONSTRAINT establishment_change_kind_known CHECK ((kind = ANY (ARRAY['iban'::text, 'contact'::text, 'administrator'::text, 'recovery'::text]))),
    CONSTRAINT establishment_change_waits CHECK (((applied_at IS NULL) OR (applied_at >= (approved_at + '72:00:00'::interval))))
);
ALTER TABLE public.establishment_change OWNER TO egide;
CREATE FUNCTION public.establishment_change_asked(p_change public.establishment_change) RETURNS public.establishment_change
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'caa5ef15e669c5a6484603db14e4fd5c28983d8357be74bf8384935bbb7846eb';
ALTER FUNCTION public.establishment_change_asked(p_change public.establishment_change) OWNER TO egide;
CREATE FUNCTION public.establishment_change_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'a4539587f56a98d3d99aca50709e436e22c9835ef42f69a964b01d1e9e18a070';
ALTER FUNCTION public.establishment_change_guard() OWNER TO egide;
CREATE FUNCTION public.establishment_change_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'd86b4ef5c6b5e4030e1fcb8484f98803258a7a00a21fb726705e4362ad9083c8';
ALTER FUNCTION public.establishment_change_told() OWNER TO egide;
CREATE FUNCTION public.export_order_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'fa93fbbcf6a2d881bac46275f2ed9dd2206ac075b0df666dd140d1264bbc064c';
ALTER FUNCTION public.export_order_guard() OWNER TO egide;
CREATE FUNCTION public.exported_transfers(p_settlement text) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '0b39bf4ebeae37ead23cca66dbf998a0a3c6a00adb13b8a3c42070557107b762';
ALTER FUNCTION public.exported_transfers(p_settlement text) OWNER TO egide;
CREATE FUNCTION public.exports_open() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '8c03488ce08ffb28fc95a311e08d0a06ba9ac3e7370fd177e331791605521e52';
ALTER FUNCTION public.exports_open() OWNER TO egide;
CREATE FUNCTION public.flow_status() RETURNS TABLE(flow text, mode text, at timestamp with time zone, until timestamp with time zone, is_now boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '65dfee34b62cab263235d51553b92aa6c292e1a1719db7aaa563bad3122d92ee';
ALTER FUNCTION public.flow_status() OWNER TO egide;
CREATE FUNCTION public.forbid_change() RETURNS trigger
    LANGUAGE plpgsql
    AS '3e214c7f417755d9c9596045b8f5ebba35a394f45d351f2524e8c7f402c0daaf';
ALTER FUNCTION public.forbid_change() OWNER TO egide;
CREATE FUNCTION public.forget_activation(p_account uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'cb26bd82b0adfed39dd1281b4aa919564583413549d4c5233d9217ec113dd2f7';
ALTER FUNCTION public.forget_activation(p_account uuid) OWNER TO egide;
CREATE FUNCTION public.forget_assertions(p_before timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '88e316cc8d4257ddebf846543bc54c79806ef74192b2df9229cfc5bebdcd53b4';
ALTER FUNCTION public.forget_assertions(p_before timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.give_presence(p_session uuid, p_finess text, p_address uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'e863b92363b55a2ef02c837a6e247631701d776bcebbfa921608f75ad0332021';
ALTER FUNCTION public.give_presence(p_session uuid, p_finess text, p_address uuid) OWNER TO egide;
CREATE FUNCTION public.insurer_disputes(p_session uuid, p_dispute uuid DEFAULT NULL::uuid) RETURNS TABLE(dispute_id uuid, finess text, name text, invoice text, plan_code text, received_at timestamp with time zone, opened_at timestamp with time zone, answer_by date, second_by date, is_second boolean, raise_by date, state text, ground text, line smallint, expected_cents bigint, control text, acts text[], expense_cents bigint, amo_cents bigint, amc_cents bigint, response bytea, is_read boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '61e0571c3323503c2280af20fccf0df18440783432c1f5b95b3eed08845cce51';
ALTER FUNCTION public.insurer_disputes(p_session uuid, p_dispute uuid) OWNER TO egide;
CREATE FUNCTION public.insurer_incidents(p_session uuid) RETURNS TABLE(incident_id uuid, amc_number text, aware_at timestamp with time zone, hypothesis text, since timestamp with time zone, until timestamp with time zone, closed_at timestamp with time zone, reckoned_at timestamp with time zone, persons bigint, seen jsonb, acts jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'fec50a4ade0b413858fd67c3bd2564daf74b154b0b0b277fbed6d23211ce00e6';
ALTER FUNCTION public.insurer_incidents(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.insurer_numbered(p_amc text) RETURNS uuid
    LANGUAGE sql STABLE
    AS '081127e5d8f3a14d40a36afaf5b4ae9612d5fb375c55f4a60dab19f517b67765';
ALTER FUNCTION public.insurer_numbered(p_amc text) OWNER TO egide;
CREATE FUNCTION public.insurer_of_session() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '79ccaa6dffe1e6756c600503715a44ba223ce231685374d3b8b81a488598e1d0';
ALTER FUNCTION public.insurer_of_session() OWNER TO egide;
CREATE FUNCTION public.insurer_preauths(p_session uuid, p_establishment uuid DEFAULT NULL::uuid, p_preauth uuid DEFAULT NULL::uuid) RETURNS TABLE(establishment_id uuid, preauth_id uuid, revision smallint, finess text, name text, plan_code text, asked_at timestamp with time zone, act_by date, piece text, piece_answer text, insurer_id uuid, acts text[], expense_cents bigint, amc_cents bigint, response bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '32ef5bb5d087aa117fbda67d79717c17e71092b71a17fd631e10a67a808bba37';
ALTER FUNCTION public.insurer_preauths(p_session uuid, p_establishment uuid, p_preauth uuid) OWNER TO egide;
CREATE FUNCTION public.invite_to_establishment(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '40c0dfb2c02d164d896b3617abfbc603ead258e97b344bf12f34c3bac6df42f7';
ALTER FUNCTION public.invite_to_establishment(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) OWNER TO egide;
CREATE FUNCTION public.is_admitted(p_account uuid, p_role text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'gate', 'pg_temp'
    AS '74e3a2fe9a5b19c13482a51ac0a47c07791a2f21aa003e7976c7a9619e2cb711';
ALTER FUNCTION public.is_admitted(p_account uuid, p_role text) OWNER TO egide;
CREATE FUNCTION public.is_segment(p_kind text, p_value text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '10fa7d8ef258d910cd6acc7e10e6d3db8776823154a4ddaba496e6f248026573';
ALTER FUNCTION public.is_segment(p_kind text, p_value text) OWNER TO egide;
CREATE FUNCTION public.let_nothing_in(p_account uuid, p_at timestamp with time zone, p_why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '5942b9385b4302d839991843e42dd8584f78911e8e94900bb805ece8767b490d';
ALTER FUNCTION public.let_nothing_in(p_account uuid, p_at timestamp with time zone, p_why text) OWNER TO egide;
CREATE FUNCTION public.log_export(p_claim uuid[], p_entry uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b54835606d6d48673994b8b1cf1bbdd2eb78e956bd13d4e9e8b4c91b356ae72e';
ALTER FUNCTION public.log_export(p_claim uuid[], p_entry uuid[]) OWNER TO egide;
CREATE TABLE public.applicant (
    account_id uuid NOT NULL,
    rpps text NOT NULL,
    profession text NOT NULL,
    sirets text[] NOT NULL,
    finess text[] NOT NULL,
    proved_at timestamp with time zone NOT NULL,
    CONSTRAINT applicant_rpps_form CHECK ((rpps ~ '^[0-9]{11}$'::text))
);
ALTER TABLE public.applicant OWNER TO egide;
CREATE TABLE public.establishment_application (
    application_id uuid NOT NULL,
    account_id uuid NOT NULL,
    finess text NOT NULL,
    siret text NOT NULL,
    iban_sealed bytea NOT NULL,
    iban_tail text NOT NULL,
    contact_sealed bytea NOT NULL,
    contact_shown text NOT NULL,
    payee text NOT NULL,
    document text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    accepted boolean,
    establishment_id uuid,
    CONSTRAINT establishment_application_decided_whole CHECK (((decided_at IS NULL) = (accepted IS NULL))),
    CONSTRAINT establishment_application_payee_known CHECK ((payee = ANY (ARRAY['match'::text, 'close-match'::text, 'unavailable'::text])))
);
ALTER TABLE public.establishment_application OWNER TO egide;
CREATE FUNCTION public.make_establishment(p_establishment uuid, h public.establishment_application, a public.applicant, p_name text, p_department text, p_profession text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '66ab1037916c8556c0e42e5d29ed44b56ad5a1623a31f4dcdd533522b9829eab';
ALTER FUNCTION public.make_establishment(p_establishment uuid, h public.establishment_application, a public.applicant, p_name text, p_department text, p_profession text) OWNER TO egide;
CREATE FUNCTION public.mark_preauth(p_establishment uuid, p_preauth uuid, p_lines smallint[], p_was uuid, p_claim uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '73d9412e22cc55eb3b2e6898ecb115c460e40e807fd5eed7baf4f68789cee218';
ALTER FUNCTION public.mark_preauth(p_establishment uuid, p_preauth uuid, p_lines smallint[], p_was uuid, p_claim uuid) OWNER TO egide;
CREATE FUNCTION public.may_decide(p_account uuid, p_establishment uuid, p_kind text, p_subject uuid, p_asks boolean) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '409437890cd8da21b4c813dbc6119399b66019f35b7bd9927735db87672d6a95';
ALTER FUNCTION public.may_decide(p_account uuid, p_establishment uuid, p_kind text, p_subject uuid, p_asks boolean) OWNER TO egide;
CREATE FUNCTION public.may_export(p_account uuid, p_insurer uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b0bc42187300f3c3ba8887bb160db165b4b7b2fe12d568d18c3987eee0574cdb';
ALTER FUNCTION public.may_export(p_account uuid, p_insurer uuid) OWNER TO egide;
CREATE FUNCTION public.may_stop_change(p_account uuid, p_change public.establishment_change) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '1f710939965f8848d37d46ae1030a57a4b4f5d42e43a2402e93ddce8549f9864';
ALTER FUNCTION public.may_stop_change(p_account uuid, p_change public.establishment_change) OWNER TO egide;
CREATE FUNCTION public.object_access(p_session uuid, p_establishment uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'af9586e386abd97a6d199a09893c39de4939d9c49e2a34bc0d7083d22de5ad34';
ALTER FUNCTION public.object_access(p_session uuid, p_establishment uuid) OWNER TO egide;
CREATE FUNCTION public.open_own_space(p_session uuid, p_entry uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '2ee550cca1e9321ef11e862bae1746dd880feed0d03cbe039d58fcd3e3db5a75';
ALTER FUNCTION public.open_own_space(p_session uuid, p_entry uuid) OWNER TO egide;
CREATE FUNCTION public.open_sites(p_sirets text[], p_finess text[]) RETURNS TABLE(finess text, siret text, name text, category text, department text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '8cf1076121d25368db94344d292b01cc373fc56fcb5f7b6cc7c8b0fc0471a175';
ALTER FUNCTION public.open_sites(p_sirets text[], p_finess text[]) OWNER TO egide;
CREATE FUNCTION public.operator_facts(p_session uuid) RETURNS TABLE(fact_id uuid, at timestamp with time zone, kind text, establishment_id uuid, finess text, name text, profession text, department text, is_contained boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'e57d5ef3b60ce479a04d0555bb0c9b647930a588134d6e457d26c74863dfdc2c';
ALTER FUNCTION public.operator_facts(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.operator_incidents(p_session uuid) RETURNS TABLE(incident_id uuid, opened_at timestamp with time zone, opened_by text, aware_at timestamp with time zone, hypothesis text, since timestamp with time zone, until timestamp with time zone, closed_at timestamp with time zone, persons bigint, answers bigint, insurers text[], names text[], acts jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '436cf0788610c485b262c6e6442c6e1e77dcc8955cf94e2f83183afbefd3ba09';
ALTER FUNCTION public.operator_incidents(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.operator_objections(p_session uuid) RETURNS TABLE(establishment_id uuid, finess text, name text, profession text, department text, persons bigint, last_at timestamp with time zone, is_contained boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '21cb048c9f57f461fdd94ede621e046255be528bface0663abe49eef176058b5';
ALTER FUNCTION public.operator_objections(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.own_claims(p_session uuid, p_before timestamp with time zone) RETURNS TABLE(claim_id uuid, name text, profession text, invoice text, received_at timestamp with time zone, care_on date, state text, control text, acts text[], labels text[], expense_cents bigint, amo_cents bigint, amc_cents bigint, other_amc_cents bigint, patient_cents bigint, paid_on date)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '6b2f7f7ca4f2e361df3f1fb31276e03ff21b65765ed54efe26f05e20933a355e';
ALTER FUNCTION public.own_claims(p_session uuid, p_before timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.own_cover(p_session uuid) RETURNS TABLE(insurer text, amc_number text, plan_code text, start_on date, end_on date, birth_year integer, held_until date)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '08a02d75fdd584c4885998d2dafe3325b4292679a2ebebae1fa1a7fef4382d2f';
ALTER FUNCTION public.own_cover(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.own_incidents(p_session uuid) RETURNS TABLE(incident_id uuid, aware_at timestamp with time zone, since timestamp with time zone, until timestamp with time zone, reckoned_at timestamp with time zone, actors text[], measures text[], is_exposed boolean, purposes text[], first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '36d0be8cb7b96a4ecf24509d5a74f62edf40a33074e3c009b2211c141a618e1e';
ALTER FUNCTION public.own_incidents(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.own_leaf(p_session uuid, p_entry uuid) RETURNS TABLE(index bigint, salt bytea, entry jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '38c4c5edf413df606bfae53d3dff3069e2c71f18c7225536ce426f94435f8d7f';
ALTER FUNCTION public.own_leaf(p_session uuid, p_entry uuid) OWNER TO egide;
CREATE FUNCTION public.own_preauths(p_session uuid) RETURNS TABLE(establishment_id uuid, preauth_id uuid, name text, profession text, state text, asked_at timestamp with time zone, act_by date, valid_until date, invoice_until date, acts text[], expense_cents bigint, amo_cents bigint, amc_cents bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '029f4009fb1821362d832c44e9ffacabd1f19f26957b3b38c4e8ce8b9ed91c6c';
ALTER FUNCTION public.own_preauths(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.own_recovery(p_session uuid, p_stop boolean) RETURNS TABLE(change uuid, asked_at timestamp with time zone, in_force_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'bcf8e7d3fdae247781e2efc85451697a0aaa142113f0097cbe6e3b8ca327b1c3';
ALTER FUNCTION public.own_recovery(p_session uuid, p_stop boolean) OWNER TO egide;
CREATE FUNCTION public.own_uses(p_session uuid) RETURNS TABLE(counter text, care_on date, units integer, cents bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '664be13c972e275885b2254ae20963f992505adfe33f117ca2f4a3bdb3b1e9bc';
ALTER FUNCTION public.own_uses(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.passkey_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '231c3c39fd81d04c597b511a29af49968174c0df73a65503d17444e88d04bbb8';
ALTER FUNCTION public.passkey_told() OWNER TO egide;
CREATE FUNCTION public.recovered_by_each_other(p_one uuid, p_other uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'd8642ef876e232fde727973d6673a014b2d44caa0e5b99479967125f32a016b4';
ALTER FUNCTION public.recovered_by_each_other(p_one uuid, p_other uuid) OWNER TO egide;
CREATE FUNCTION public.restore_claim(p_claim uuid, p_false uuid[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '500ms'
    AS '346037463440412789f07e8df04c2f7857dc54f604a507273e0e4c3f589a03fd';
ALTER FUNCTION public.restore_claim(p_claim uuid, p_false uuid[]) OWNER TO egide;
CREATE FUNCTION public.run_build(p_key text, p_software uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'b55f985a9a54a3f592adc977b5764eecceadda54b977819ea52e864cb9dade41';
ALTER FUNCTION public.run_build(p_key text, p_software uuid) OWNER TO egide;
CREATE TABLE public.account (
    account_id uuid NOT NULL,
    role text NOT NULL,
    establishment_id uuid,
    insurer_id uuid,
    label_sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    closed_at timestamp with time zone,
    rpps text,
    person_id uuid,
    CONSTRAINT account_role_has_its_establishment CHECK ((((role = ANY (ARRAY['professional'::text, 'administrator'::text, 'assistant'::text])) = (establishment_id IS NOT NULL)) AND ((role = 'insurer'::text) = (insurer_id IS NOT NULL)) AND ((role = 'insured'::text) = (person_id IS NOT NULL)))),
    CONSTRAINT account_role_known CHECK ((role = ANY (ARRAY['professional'::text, 'administrator'::text, 'assistant'::text, 'insurer'::text, 'operator'::text, 'auditor'::text, 'insured'::text, 'applicant'::text])))
);
ALTER TABLE public.account OWNER TO egide;
CREATE FUNCTION public.session_account(p_session uuid, VARIADIC p_roles text[]) RETURNS SETOF public.account
    LANGUAGE sql STABLE
    AS '4e52674dc4a74a1d06bd5900c66f5adbce99d5b6733db853790c7cf2719352b8';
ALTER FUNCTION public.session_account(p_session uuid, VARIADIC p_roles text[]) OWNER TO egide;
CREATE FUNCTION public.session_of_new_device() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'ffc3004557c99e8b9dad98f5c1457571283f386dd9e313249c3a49f33195d169';
ALTER FUNCTION public.session_of_new_device() OWNER TO egide;
CREATE FUNCTION public.shut_out_of_establishment(p_session uuid, p_account uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '7776549626c0281e7374382771b5e43a7d17975084946ef81e3b108314b8732d';
ALTER FUNCTION public.shut_out_of_establishment(p_session uuid, p_account uuid) OWNER TO egide;
CREATE FUNCTION public.site_profession(p_profession text, p_category text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS '3f2684227044477129ee58e9f94d7dfcaa01e11634a92a38dae0a60b9277adff';
ALTER FUNCTION public.site_profession(p_profession text, p_category text) OWNER TO egide;
CREATE FUNCTION public.stop_changes_of(p_account uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '7e95a5a4e065d4eea143a722a5c78514c6752af83cc1738b15cf9ddf7cc6ba94';
ALTER FUNCTION public.stop_changes_of(p_account uuid) OWNER TO egide;
CREATE FUNCTION public.support_ticket_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'e710918ad530e0df491d33eb797c6ed98944a2651cb5ee6e0186e68364c5692b';
ALTER FUNCTION public.support_ticket_guard() OWNER TO egide;
CREATE FUNCTION public.support_told(p_session uuid, p_entry uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'edf2c31a11f486c8597513fce78672dc50b8bf21abc455ccd3130faf23e1aefb';
ALTER FUNCTION public.support_told(p_session uuid, p_entry uuid) OWNER TO egide;
CREATE FUNCTION public.support_view(p_session uuid, p_ticket uuid, p_entry uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '0846f27c07e41cdde132557d39cf59746ef2745d04692d8a59a387f208b26c35';
ALTER FUNCTION public.support_view(p_session uuid, p_ticket uuid, p_entry uuid) OWNER TO egide;
CREATE FUNCTION public.tell_establishment(p_establishment uuid, p_event text, p_about text, p_shown text, p_other bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '616eec2398125c51d9e2dca186421a46fe6f95a4e6504cba32abf9f065edba4a';
ALTER FUNCTION public.tell_establishment(p_establishment uuid, p_event text, p_about text, p_shown text, p_other bytea) OWNER TO egide;
CREATE FUNCTION public.trail(p_session uuid, p_before timestamp with time zone) RETURNS TABLE(at timestamp with time zone, event text, about text, establishment uuid, by_account uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '2f74510ee1454246c567052cd359f8cd9cac675928197c07e5cace2360223b4b';
ALTER FUNCTION public.trail(p_session uuid, p_before timestamp with time zone) OWNER TO egide;
CREATE FUNCTION public.whose_space(p_session uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS '0827b56b58a1268c4ce05eaf871385808654265c25f993b922a8ddfc81e67df4';
ALTER FUNCTION public.whose_space(p_session uuid) OWNER TO egide;
CREATE FUNCTION public.withdraw_unsigned(p_account uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS 'e8db28299739b9ba98622332121a66551b7c1c96d05d67e272c60b0f65d7dd2e';
ALTER FUNCTION public.withdraw_unsigned(p_account uuid) OWNER TO egide;
CREATE TABLE gate.activation (
    address uuid NOT NULL,
    person_id uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE gate.activation OWNER TO egide_gate;
CREATE TABLE gate.canary (
    person_id uuid NOT NULL,
    label text NOT NULL,
    made_at timestamp with time zone NOT NULL
);
ALTER TABLE gate.canary OWNER TO egide_gate;
CREATE TABLE gate.card_revoked (
    address uuid NOT NULL,
    revoked_at timestamp with time zone NOT NULL
);
ALTER TABLE gate.card_revoked OWNER TO egide_gate;
CREATE TABLE gate.checkpoint (
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    cosignatures text[] DEFAULT '{}'::text[] NOT NULL
);
ALTER TABLE gate.checkpoint OWNER TO egide_gate;
CREATE TABLE gate.claimed (
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    justified_at timestamp with time zone
);
ALTER TABLE gate.claimed OWNER TO egide_gate;
CREATE TABLE gate.confirmation (
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE gate.confirmation OWNER TO egide_gate;
CREATE TABLE gate.cover (
    address uuid NOT NULL,
    person_id uuid NOT NULL,
    start_on date NOT NULL,
    end_on date,
    basis text NOT NULL,
    insurer_id uuid NOT NULL,
    plan_code text NOT NULL,
    CONSTRAINT cover_basis_known CHECK ((basis = ANY (ARRAY['P'::text, 'U'::text]))),
    CONSTRAINT cover_period_not_empty CHECK ((end_on > start_on))
);
ALTER TABLE gate.cover OWNER TO egide_gate;
CREATE TABLE gate.fact (
    fact_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    establishment_id uuid NOT NULL,
    software_id uuid,
    key text DEFAULT ''::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT fact_kind_known CHECK ((kind = ANY (ARRAY['canary'::text, 'replayed'::text, 'key-mismatch'::text, 'streak'::text])))
);
ALTER TABLE gate.fact OWNER TO egide_gate;
CREATE TABLE gate.intent (
    establishment_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    software_id uuid NOT NULL,
    basis text NOT NULL,
    address uuid NOT NULL,
    key text NOT NULL,
    method text NOT NULL,
    at timestamp with time zone NOT NULL,
    is_logged boolean DEFAULT false NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT intent_basis_known CHECK ((basis = ANY (ARRAY['U'::text, 'H'::text])))
);
ALTER TABLE gate.intent OWNER TO egide_gate;
CREATE TABLE gate.justified (
    establishment_id uuid NOT NULL,
    period integer NOT NULL,
    person_id uuid NOT NULL,
    unmet boolean DEFAULT false NOT NULL,
    asked_on date
);
ALTER TABLE gate.justified OWNER TO egide_gate;
CREATE TABLE gate.leaf (
    index bigint NOT NULL,
    establishment_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    salt bytea,
    value bytea NOT NULL,
    CONSTRAINT leaf_salt_of_256_bits CHECK ((octet_length(salt) = 32)),
    CONSTRAINT leaf_value_of_256_bits CHECK ((octet_length(value) = 32))
);
ALTER TABLE gate.leaf OWNER TO egide_gate;
CREATE TABLE gate.log_mark (
    is_one boolean DEFAULT true NOT NULL,
    xid xid8 NOT NULL,
    size bigint NOT NULL,
    CONSTRAINT log_mark_is_one_check CHECK (is_one)
);
ALTER TABLE gate.log_mark OWNER TO egide_gate;
CREATE TABLE gate.number_tried (
    establishment_id uuid NOT NULL,
    day date NOT NULL,
    tries integer NOT NULL
);
ALTER TABLE gate.number_tried OWNER TO egide_gate;
CREATE TABLE gate.objection (
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE gate.objection OWNER TO egide_gate;
CREATE TABLE gate.own_space (
    account_id uuid NOT NULL,
    session_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);
ALTER TABLE gate.own_space OWNER TO egide_gate;
CREATE TABLE gate.page_opened (
    establishment_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE gate.page_opened OWNER TO egide_gate;
CREATE TABLE gate.person (
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    birth_year smallint NOT NULL,
    sealed bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    digest bytea NOT NULL,
    addresses uuid[] NOT NULL,
    contract_id uuid
);
ALTER TABLE gate.person OWNER TO egide_gate;
CREATE TABLE gate.presence (
    address uuid NOT NULL,
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE gate.presence OWNER TO egide_gate;
CREATE TABLE gate.proof (
    proof_hash uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    address uuid
);
ALTER TABLE gate.proof OWNER TO egide_gate;
CREATE TABLE gate.read_again (
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE gate.read_again OWNER TO egide_gate;
CREATE TABLE gate.relation (
    establishment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    alias uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL
);
ALTER TABLE gate.relation OWNER TO egide_gate;
CREATE TABLE gate.segment (
    kind text NOT NULL,
    value text NOT NULL,
    mode text NOT NULL,
    reason text NOT NULL,
    author text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT segment_ends CHECK ((until >= since)),
    CONSTRAINT segment_kind_known CHECK ((kind = ANY (ARRAY['establishment'::text, 'key'::text, 'vendor'::text, 'build'::text, 'concentrator'::text, 'amc'::text, 'flow'::text, 'profession'::text, 'department'::text, 'method'::text, 'person'::text]))),
    CONSTRAINT segment_mode_known CHECK ((mode = ANY (ARRAY['card-only'::text, 'off'::text]))),
    CONSTRAINT segment_of_persons_is_off CHECK (((mode = 'off'::text) OR ((kind <> 'person'::text) AND ((kind <> 'flow'::text) OR (value <> 'portal'::text))))),
    CONSTRAINT segment_says_why CHECK (((reason <> ''::text) AND (author <> ''::text)))
);
ALTER TABLE gate.segment OWNER TO egide_gate;
CREATE TABLE gate.segment_cap (
    kind text NOT NULL,
    value text NOT NULL,
    day_cap integer NOT NULL
);
ALTER TABLE gate.segment_cap OWNER TO egide_gate;
CREATE TABLE gate.segment_counted (
    day date NOT NULL,
    establishment_id uuid NOT NULL,
    address uuid NOT NULL
);
ALTER TABLE gate.segment_counted OWNER TO egide_gate;
CREATE TABLE gate.segment_log (
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    mode text NOT NULL,
    reason text NOT NULL,
    author text NOT NULL,
    until timestamp with time zone
);
ALTER TABLE gate.segment_log OWNER TO egide_gate;
CREATE TABLE gate.segment_use (
    kind text NOT NULL,
    value text NOT NULL,
    day date NOT NULL,
    shard smallint NOT NULL,
    persons integer NOT NULL
);
ALTER TABLE gate.segment_use OWNER TO egide_gate;
CREATE TABLE gate.tile (
    level smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT tile_of_whole_hashes CHECK ((((octet_length(hashes) % 32) = 0) AND ((octet_length(hashes) >= 32) AND (octet_length(hashes) <= 8192))))
);
ALTER TABLE gate.tile OWNER TO egide_gate;
CREATE TABLE gate.unproved_query (
    establishment_id uuid NOT NULL,
    address uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    basis text DEFAULT 'U'::text NOT NULL,
    person_id uuid,
    unmet boolean DEFAULT false NOT NULL,
    held boolean DEFAULT false NOT NULL,
    first_at timestamp with time zone,
    CONSTRAINT unproved_query_basis_known CHECK ((basis = ANY (ARRAY['U'::text, 'H'::text])))
);
ALTER TABLE gate.unproved_query OWNER TO egide_gate;
CREATE TABLE public.allocation (
    establishment_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    attempt smallint DEFAULT 1 NOT NULL,
    transfer_id text NOT NULL,
    insurer_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT allocation_positive CHECK (((amount_cents > 0) AND (attempt > 0)))
);
ALTER TABLE public.allocation OWNER TO egide;
CREATE TABLE public.assertion_seen (
    assertion_hash uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE public.assertion_seen OWNER TO egide;
CREATE TABLE public.bank_entry (
    account text NOT NULL,
    place integer NOT NULL,
    number integer NOT NULL,
    amount_cents bigint NOT NULL,
    booked_on date NOT NULL,
    end_to_end text NOT NULL,
    batch text NOT NULL,
    bank_reference text NOT NULL,
    said text NOT NULL,
    reason text NOT NULL,
    disposition text NOT NULL,
    rule text NOT NULL,
    rule_version smallint NOT NULL,
    target text NOT NULL,
    CONSTRAINT bank_entry_disposition_known CHECK ((disposition = ANY (ARRAY['booked'::text, 'returned'::text, 'called'::text, 'uncalled'::text, 'charges'::text, 'suspense'::text, 'disposed'::text]))),
    CONSTRAINT bank_entry_moves CHECK ((amount_cents <> 0))
);
ALTER TABLE public.bank_entry OWNER TO egide;
CREATE TABLE public.bank_report (
    digest uuid NOT NULL,
    original text NOT NULL,
    said jsonb NOT NULL,
    contradicted text[] NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    why text[] DEFAULT '{}'::text[] NOT NULL
);
ALTER TABLE public.bank_report OWNER TO egide;
CREATE TABLE public.bank_said (
    subject text NOT NULL,
    who text NOT NULL,
    target text NOT NULL,
    os_user text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    is_done boolean DEFAULT false NOT NULL
);
ALTER TABLE public.bank_said OWNER TO egide;
CREATE TABLE public.bank_statement (
    account text NOT NULL,
    place integer NOT NULL,
    reference text NOT NULL,
    digest uuid NOT NULL,
    opened_cents bigint NOT NULL,
    closed_cents bigint NOT NULL,
    closed_on date NOT NULL,
    entries integer NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    sequence_number bigint
);
ALTER TABLE public.bank_statement OWNER TO egide;
CREATE TABLE public.batch_line (
    establishment_id uuid NOT NULL,
    batch text NOT NULL,
    line integer NOT NULL,
    digest bytea NOT NULL,
    number text NOT NULL,
    outcome text NOT NULL,
    code text,
    place text,
    claim_id uuid,
    amc_cents bigint,
    taken_at timestamp with time zone NOT NULL,
    said text,
    CONSTRAINT batch_line_outcome CHECK ((outcome = ANY (ARRAY['accepted'::text, 'rejected'::text, 'refused'::text, 'cancelled'::text, 'again'::text]))),
    CONSTRAINT batch_line_positive CHECK ((line > 0))
);
ALTER TABLE public.batch_line OWNER TO egide;
CREATE TABLE public.caller_key (
    thumbprint text NOT NULL,
    establishment_id uuid NOT NULL,
    software_id uuid NOT NULL,
    jwk jsonb NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    enrolled_by uuid,
    revoked_by uuid,
    attested_by text,
    concentrator text,
    CONSTRAINT caller_key_concentrator_named CHECK ((concentrator <> ''::text))
);
ALTER TABLE public.caller_key OWNER TO egide;
CREATE TABLE public.care_network (
    code text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT care_network_code_form CHECK ((code ~ '^[A-Z][A-Z0-9-]{1,19}$'::text))
);
ALTER TABLE public.care_network OWNER TO egide;
CREATE TABLE public.ceremony (
    challenge_hash bytea NOT NULL,
    purpose text NOT NULL,
    account_id uuid,
    code_hash bytea,
    expires_at timestamp with time zone NOT NULL,
    thumbprint text NOT NULL,
    CONSTRAINT ceremony_purpose_known CHECK ((purpose = ANY (ARRAY['enrol'::text, 'login'::text, 'reauthentication'::text, 'add'::text, 'sign'::text, 'device'::text])))
);
ALTER TABLE public.ceremony OWNER TO egide;
CREATE TABLE public.claim (
    establishment_id uuid NOT NULL,
    invoice text NOT NULL,
    claim_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    entry_id uuid NOT NULL,
    care_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    plan_code text NOT NULL,
    state text NOT NULL,
    control text,
    expense_cents bigint NOT NULL,
    amo_cents bigint NOT NULL,
    amc_cents bigint NOT NULL,
    patient_cents bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    due_on date NOT NULL,
    response bytea NOT NULL,
    undue_cents bigint DEFAULT 0 NOT NULL,
    attested bytea,
    other_amc_cents bigint DEFAULT 0 NOT NULL,
    said_by text DEFAULT 'grid'::text NOT NULL,
    CONSTRAINT claim_no_share_negative CHECK (((expense_cents >= 0) AND (amo_cents >= 0) AND (amc_cents >= 0) AND (patient_cents >= 0))),
    CONSTRAINT claim_other_amc_not_negative CHECK ((other_amc_cents >= 0)),
    CONSTRAINT claim_payable_is_positive CHECK (
CASE
    WHEN (state = ANY (ARRAY['payable'::text, 'settled'::text, 'reversed'::text])) THEN (amc_cents > 0)
    ELSE ((state = 'cancelled'::text) OR (amc_cents = 0))
END),
    CONSTRAINT claim_payers_pay_the_expense CHECK (((state = 'rejected'::text) OR (expense_cents = ((((amo_cents + amc_cents) + other_amc_cents) + patient_cents) + undue_cents)))),
    CONSTRAINT claim_rejected_names_its_control CHECK (((state = 'rejected'::text) = (control IS NOT NULL))),
    CONSTRAINT claim_rejected_pays_nothing CHECK (((state <> 'rejected'::text) OR (amc_cents = 0))),
    CONSTRAINT claim_said_by_known CHECK ((said_by = ANY (ARRAY['grid'::text, 'insurer'::text, 'silence'::text]))),
    CONSTRAINT claim_state_known CHECK ((state = ANY (ARRAY['rejected'::text, 'payable'::text, 'nothing-due'::text, 'settled'::text, 'cancelled'::text, 'reversed'::text]))),
    CONSTRAINT claim_undue_not_negative CHECK ((undue_cents >= 0))
);
ALTER TABLE public.claim OWNER TO egide;
CREATE TABLE public.claim_acceptance (
    claim_id uuid NOT NULL,
    establishment_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answer_by date NOT NULL,
    silence_accepts boolean NOT NULL,
    answer text,
    reason text,
    answered_at timestamp with time zone,
    CONSTRAINT claim_acceptance_answer_known CHECK ((answer = ANY (ARRAY['accepted'::text, 'refused'::text]))),
    CONSTRAINT claim_acceptance_answered_then CHECK (((answer IS NULL) = (answered_at IS NULL))),
    CONSTRAINT claim_acceptance_says_why CHECK (((reason IS NULL) OR (answer = 'refused'::text)))
);
ALTER TABLE public.claim_acceptance OWNER TO egide;
CREATE TABLE public.claim_call (
    claim_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    settlement_id text NOT NULL,
    amount_cents bigint NOT NULL,
    credited_in text
);
ALTER TABLE public.claim_call OWNER TO egide;
CREATE TABLE public.claim_cancellation (
    establishment_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    was text NOT NULL,
    amount_cents bigint NOT NULL,
    cancelled_at timestamp with time zone NOT NULL,
    replaced_by uuid,
    attested bytea[] NOT NULL,
    used jsonb,
    checked_at timestamp with time zone,
    transfer_id text,
    preauth_id uuid,
    preauth_lines smallint[],
    is_given_back boolean DEFAULT false NOT NULL,
    CONSTRAINT cancellation_amount CHECK ((((was = 'nothing-due'::text) = (amount_cents = 0)) AND (amount_cents >= 0))),
    CONSTRAINT cancellation_holds_back_what_was_paid CHECK (((transfer_id IS NULL) OR (was = 'settled'::text))),
    CONSTRAINT cancellation_was_known CHECK ((was = ANY (ARRAY['payable'::text, 'nothing-due'::text, 'settled'::text])))
);
ALTER TABLE public.claim_cancellation OWNER TO egide;
CREATE TABLE public.claim_line (
    establishment_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    line smallint NOT NULL,
    act_code text NOT NULL,
    care_on date NOT NULL,
    expense_cents bigint NOT NULL,
    amo_cents bigint NOT NULL,
    amc_cents bigint NOT NULL,
    patient_cents bigint NOT NULL,
    act_hash uuid,
    quantity smallint DEFAULT 1 NOT NULL,
    side text DEFAULT ''::text NOT NULL,
    situation text DEFAULT ''::text NOT NULL,
    undue_cents bigint DEFAULT 0 NOT NULL,
    base_cents bigint,
    performer text DEFAULT ''::text NOT NULL,
    stay text DEFAULT ''::text NOT NULL,
    other_amc_cents bigint DEFAULT 0 NOT NULL,
    agreed_cents bigint,
    network text,
    network_cents bigint,
    CONSTRAINT claim_line_network_price_positive CHECK ((network_cents > 0)),
    CONSTRAINT claim_line_other_amc_not_negative CHECK ((other_amc_cents >= 0)),
    CONSTRAINT claim_line_payers_pay_the_expense CHECK ((expense_cents = ((((amo_cents + amc_cents) + other_amc_cents) + patient_cents) + undue_cents))),
    CONSTRAINT claim_line_undue_not_negative CHECK ((undue_cents >= 0))
);
ALTER TABLE public.claim_line OWNER TO egide;
CREATE TABLE public.collection (
    collection_id text NOT NULL,
    settlement_id text NOT NULL,
    insurer_id uuid NOT NULL,
    mandate text NOT NULL,
    scheme text NOT NULL,
    holder text NOT NULL,
    iban_sealed bytea NOT NULL,
    amount_cents bigint NOT NULL,
    due_on date NOT NULL,
    state text DEFAULT 'ordered'::text NOT NULL,
    booked_on date,
    ended_on date,
    reason text,
    is_ahead boolean DEFAULT false NOT NULL,
    CONSTRAINT collection_booked_on_a_day CHECK (((state = ANY (ARRAY['booked'::text, 'returned'::text])) = (booked_on IS NOT NULL))),
    CONSTRAINT collection_ended_on_a_day CHECK (((state = ANY (ARRAY['rejected'::text, 'returned'::text])) = (ended_on IS NOT NULL))),
    CONSTRAINT collection_positive CHECK ((amount_cents > 0)),
    CONSTRAINT collection_state_known CHECK ((state = ANY (ARRAY['ordered'::text, 'acknowledged'::text, 'booked'::text, 'rejected'::text, 'returned'::text])))
);
ALTER TABLE public.collection OWNER TO egide;
CREATE TABLE public.consumption (
    person_id uuid NOT NULL,
    counter text NOT NULL,
    care_on date NOT NULL,
    claim_id uuid NOT NULL,
    line smallint NOT NULL,
    units integer NOT NULL,
    amount_cents bigint NOT NULL
);
ALTER TABLE public.consumption OWNER TO egide;
CREATE TABLE public.convention_signature (
    application_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    nonce bytea NOT NULL,
    client_data bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    signature bytea NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    establishment_id uuid,
    CONSTRAINT convention_signature_has_a_term CHECK ((ends_on > starts_on))
);
ALTER TABLE public.convention_signature OWNER TO egide;
CREATE TABLE public.transfer (
    establishment_id uuid NOT NULL,
    transfer_id text NOT NULL,
    settlement_id text NOT NULL,
    amount_cents bigint NOT NULL,
    claims integer NOT NULL,
    iban_sealed bytea NOT NULL,
    state text DEFAULT 'ordered'::text NOT NULL,
    booked_on date,
    ended_on date,
    reason text,
    payee_name text NOT NULL,
    CONSTRAINT transfer_booked_on_a_day CHECK (((state = ANY (ARRAY['booked'::text, 'returned'::text])) = (booked_on IS NOT NULL))),
    CONSTRAINT transfer_ended_on_a_day CHECK (((state = ANY (ARRAY['rejected'::text, 'returned'::text])) = (ended_on IS NOT NULL))),
    CONSTRAINT transfer_positive CHECK (((amount_cents > 0) AND (claims >= 0))),
    CONSTRAINT transfer_state_known CHECK ((state = ANY (ARRAY['ordered'::text, 'acknowledged'::text, 'booked'::text, 'rejected'::text, 'returned'::text])))
);
ALTER TABLE public.transfer OWNER TO egide;
CREATE VIEW public.debit_waiting WITH (security_invoker='true') AS
 SELECT t.establishment_id,
    t.transfer_id,
    b.account,
    b.place,
    b.number
   FROM (public.bank_entry b
     JOIN public.transfer t ON ((t.transfer_id = b.target)))
  WHERE ((b.disposition = 'suspense'::text) AND (b.amount_cents < 0) AND (t.state = ANY (ARRAY['rejected'::text, 'returned'::text])))
UNION
 SELECT t.establishment_id,
    t.transfer_id,
    b.account,
    b.place,
    b.number
   FROM (public.bank_entry b
     JOIN public.transfer t ON ((t.settlement_id = b.target)))
  WHERE ((b.disposition = 'suspense'::text) AND (b.amount_cents < 0) AND (t.state = ANY (ARRAY['rejected'::text, 'returned'::text])));
ALTER VIEW public.debit_waiting OWNER TO egide;
CREATE TABLE public.dispute (
    dispute_id uuid NOT NULL,
    establishment_id uuid NOT NULL,
    claim_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    ground text NOT NULL,
    line smallint,
    expected_cents bigint,
    opened_at timestamp with time zone NOT NULL,
    answer_by date NOT NULL,
    second_by date NOT NULL,
    is_second boolean DEFAULT false NOT NULL,
    raise_by date,
    state text DEFAULT 'open'::text NOT NULL,
    waived text,
    CONSTRAINT dispute_ground_known CHECK ((ground = ANY (ARRAY['rejection'::text, 'amount'::text]))),
    CONSTRAINT dispute_line_positive CHECK (((line IS NULL) OR (line > 0))),
    CONSTRAINT dispute_readings_in_order CHECK ((answer_by <= second_by)),
    CONSTRAINT dispute_says_what_is_expected CHECK (((expected_cents IS NULL) OR ((ground = 'amount'::text) AND (expected_cents >= 0)))),
    CONSTRAINT dispute_state_known CHECK ((state = ANY (ARRAY['open'::text, 'maintained'::text, 'upheld'::text, 'withdrawn'::text]))),
    CONSTRAINT dispute_waives_what_it_upholds CHECK (((waived IS NULL) OR ((state = 'upheld'::text) AND (ground = 'rejection'::text))))
);
ALTER TABLE public.dispute OWNER TO egide;
CREATE TABLE public.dispute_answer (
    dispute_id uuid NOT NULL,
    reading smallint NOT NULL,
    account_id uuid NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    is_upheld boolean NOT NULL,
    reason text NOT NULL,
    CONSTRAINT dispute_answer_reading_check CHECK ((reading = ANY (ARRAY[1, 2])))
);
ALTER TABLE public.dispute_answer OWNER TO egide;
CREATE TABLE public.establishment (
    establishment_id uuid NOT NULL,
    finess text NOT NULL,
    siret text NOT NULL,
    profession text NOT NULL,
    name text NOT NULL,
    department text NOT NULL,
    iban_sealed bytea NOT NULL,
    iban_tail text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    CONSTRAINT establishment_profession_known CHECK ((profession = ANY (ARRAY['pharmacy'::text, 'laboratory'::text, 'doctor'::text, 'dentist'::text, 'optician'::text, 'audiologist'::text, 'auxiliary'::text, 'midwife'::text, 'hospital'::text, 'transporter'::text, 'psychologist'::text])))
);
ALTER TABLE public.establishment OWNER TO egide;
CREATE TABLE public.establishment_contact (
    establishment_id uuid NOT NULL,
    contact_sealed bytea NOT NULL,
    shown text NOT NULL,
    since timestamp with time zone NOT NULL
);
ALTER TABLE public.establishment_contact OWNER TO egide;
CREATE TABLE public.export_order (
    export_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    settlement_id text NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    approved_by uuid,
    approved_at timestamp with time zone,
    CONSTRAINT export_order_approved_by_somebody CHECK (((approved_by IS NULL) = (approved_at IS NULL))),
    CONSTRAINT export_order_by_two CHECK ((approved_by <> asked_by))
);
ALTER TABLE public.export_order OWNER TO egide;
CREATE TABLE public.finess_site (
    finess text NOT NULL,
    finess_ej text NOT NULL,
    siret text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    department text NOT NULL
);
ALTER TABLE public.finess_site OWNER TO egide;
CREATE TABLE public.funds_call (
    insurer_id uuid NOT NULL,
    settlement_id text NOT NULL,
    amount_cents bigint NOT NULL,
    claims integer NOT NULL,
    accepted_by uuid,
    accepted_at timestamp with time zone,
    returned_cents bigint DEFAULT 0 NOT NULL,
    reissued_cents bigint DEFAULT 0 NOT NULL,
    funds_cents bigint DEFAULT 0 NOT NULL,
    first_by uuid,
    first_at timestamp with time zone,
    CONSTRAINT funds_call_accepted_by_somebody CHECK (((accepted_by IS NULL) = (accepted_at IS NULL))),
    CONSTRAINT funds_call_first_by_somebody CHECK (((first_by IS NULL) = (first_at IS NULL))),
    CONSTRAINT funds_call_positive CHECK (((amount_cents >= 0) AND (claims >= 0) AND (returned_cents >= 0) AND ((amount_cents + returned_cents) > 0))),
    CONSTRAINT funds_call_reissued CHECK (((reissued_cents >= 0) AND (reissued_cents <= amount_cents))),
    CONSTRAINT funds_call_two_are_two CHECK ((first_by <> accepted_by))
);
ALTER TABLE public.funds_call OWNER TO egide;
CREATE TABLE public.import_progress (
    digest uuid NOT NULL,
    line_count bigint NOT NULL,
    report text NOT NULL
);
ALTER TABLE public.import_progress OWNER TO egide;
CREATE UNLOGGED TABLE public.import_staged (
    digest uuid NOT NULL,
    line_number bigint NOT NULL,
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    sealed bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    person_digest bytea NOT NULL,
    birth_year smallint NOT NULL,
    card uuid,
    member uuid NOT NULL,
    nir uuid NOT NULL,
    starts date[] NOT NULL,
    ends date[] NOT NULL,
    plans text[] NOT NULL,
    contract uuid,
    formers uuid[]
);
ALTER TABLE public.import_staged OWNER TO egide;
CREATE TABLE public.incident (
    incident_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    opened_by text NOT NULL,
    aware_at timestamp with time zone NOT NULL,
    hypothesis text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    actors text[] NOT NULL,
    closed_at timestamp with time zone,
    closed_by text,
    CONSTRAINT incident_closed_by_somebody CHECK (((closed_at IS NULL) = (closed_by IS NULL))),
    CONSTRAINT incident_names_somebody CHECK ((cardinality(actors) > 0)),
    CONSTRAINT incident_window CHECK ((since < until))
);
ALTER TABLE public.incident OWNER TO egide;
CREATE TABLE public.incident_act (
    incident_id uuid NOT NULL,
    controller text NOT NULL,
    act text NOT NULL,
    done_at timestamp with time zone NOT NULL,
    done_by text NOT NULL,
    proof text NOT NULL,
    noted_at timestamp with time zone NOT NULL
);
ALTER TABLE public.incident_act OWNER TO egide;
CREATE TABLE public.incident_exposed (
    incident_id uuid NOT NULL,
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    basis text NOT NULL,
    purpose text NOT NULL,
    answers bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL
);
ALTER TABLE public.incident_exposed OWNER TO egide;
CREATE TABLE public.incident_reckoning (
    incident_id uuid NOT NULL,
    version integer NOT NULL,
    reckoned_at timestamp with time zone NOT NULL,
    log_size bigint NOT NULL,
    checkpoint text NOT NULL,
    persons bigint NOT NULL,
    answers bigint NOT NULL,
    added bigint NOT NULL,
    removed bigint NOT NULL,
    sha256 bytea NOT NULL,
    CONSTRAINT incident_reckoning_digest CHECK ((octet_length(sha256) = 32))
);
ALTER TABLE public.incident_reckoning OWNER TO egide;
CREATE TABLE public.insurer (
    insurer_id uuid NOT NULL,
    amc_number text NOT NULL,
    name text NOT NULL,
    keyed_as text NOT NULL,
    CONSTRAINT insurer_amc_number_form CHECK ((amc_number ~ '^[0-9A-Z]{8,10}$'::text))
);
ALTER TABLE public.insurer OWNER TO egide;
CREATE TABLE public.insurer_event (
    insurer_id uuid NOT NULL,
    event text NOT NULL,
    digest bytea NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE public.insurer_event OWNER TO egide;
CREATE TABLE public.insurer_former_number (
    amc_number text NOT NULL,
    insurer_id uuid NOT NULL,
    ended_at timestamp with time zone NOT NULL
);
ALTER TABLE public.insurer_former_number OWNER TO egide;
CREATE TABLE public.insurer_funding (
    insurer_id uuid NOT NULL,
    from_on date NOT NULL,
    credit_cents bigint,
    two_above_cents bigint,
    CONSTRAINT insurer_funding_credit_bound CHECK (((credit_cents >= 0) AND (credit_cents <= '100000000000'::bigint))),
    CONSTRAINT insurer_funding_two_above_bound CHECK (((two_above_cents >= 0) AND (two_above_cents <= '100000000000'::bigint)))
);
ALTER TABLE public.insurer_funding OWNER TO egide;
CREATE TABLE public.insurer_key (
    insurer_id uuid NOT NULL,
    jwk jsonb NOT NULL,
    since timestamp with time zone NOT NULL
);
ALTER TABLE public.insurer_key OWNER TO egide;
CREATE TABLE public.insurer_mandate (
    mandate text NOT NULL,
    insurer_id uuid NOT NULL,
    scheme text NOT NULL,
    signed_on date NOT NULL,
    holder text NOT NULL,
    iban_sealed bytea NOT NULL,
    iban_tail text NOT NULL,
    registered_on date,
    stopped_on date,
    stopped_why text,
    CONSTRAINT insurer_mandate_named CHECK ((mandate ~ '^[A-Za-z0-9+?:().,''-]{1,35}$'::text)),
    CONSTRAINT insurer_mandate_scheme_known CHECK ((scheme = ANY (ARRAY['B2B'::text, 'CORE'::text]))),
    CONSTRAINT insurer_mandate_stopped_why CHECK (((stopped_on IS NULL) = (stopped_why IS NULL)))
);
ALTER TABLE public.insurer_mandate OWNER TO egide;
CREATE TABLE public.insurer_service (
    insurer_id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    url text NOT NULL,
    public_key bytea NOT NULL,
    asked text[] NOT NULL,
    deadline_ms integer NOT NULL,
    on_silence text NOT NULL,
    guaranteed_cents bigint NOT NULL,
    accept_days smallint,
    silence_accepts boolean NOT NULL,
    CONSTRAINT insurer_service_asked_known CHECK ((asked <@ ARRAY['rights'::text, 'preauth'::text, 'claim'::text])),
    CONSTRAINT insurer_service_days_bound CHECK (((accept_days >= 1) AND (accept_days <= 60))),
    CONSTRAINT insurer_service_deadline_bound CHECK (((deadline_ms >= 50) AND (deadline_ms <= 10000))),
    CONSTRAINT insurer_service_guaranteed_bound CHECK (((guaranteed_cents >= 0) AND (guaranteed_cents <= 100000000))),
    CONSTRAINT insurer_service_key_is_whole CHECK ((octet_length(public_key) = 32)),
    CONSTRAINT insurer_service_silence_known CHECK ((on_silence = ANY (ARRAY['guarantee'::text, 'card-and-call'::text]))),
    CONSTRAINT insurer_service_url_is_safe CHECK ((url ~ '^https://|^http://(127\.0\.0\.1|localhost|\[::1\])[:/]'::text))
);
ALTER TABLE public.insurer_service OWNER TO egide;
CREATE TABLE public.invitation (
    code_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
ALTER TABLE public.invitation OWNER TO egide;
CREATE TABLE public.law_check (
    checked_at timestamp with time zone NOT NULL,
    laws integer NOT NULL,
    broken jsonb NOT NULL
);
ALTER TABLE public.law_check OWNER TO egide;
CREATE TABLE public.ledger_entry (
    debit text NOT NULL,
    credit text NOT NULL,
    amount_cents bigint NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    cause_kind text NOT NULL,
    cause_id text NOT NULL,
    part smallint DEFAULT 0 NOT NULL,
    CONSTRAINT ledger_accounts_known CHECK ((((debit || ' '::text) || credit) ~ '^((bank|bank-charges|in-flight:(in|out)|suspense|write-off|amc:[0-9a-f-]{36}:(due|funds|in-flight|fees|penalties|undue|suspense)|establishment:[0-9a-f-]{36}:(payable|held|undue|undue-contested))( |$)){2}$'::text)),
    CONSTRAINT ledger_amount_positive CHECK ((amount_cents > 0)),
    CONSTRAINT ledger_cause_known CHECK ((cause_kind = ANY (ARRAY['claim'::text, 'transfer'::text, 'cancellation'::text, 'reject'::text, 'bank-opening'::text, 'bank-entry'::text, 'disposition'::text, 'call'::text]))),
    CONSTRAINT ledger_two_accounts CHECK ((debit <> credit))
);
ALTER TABLE public.ledger_entry OWNER TO egide;
CREATE TABLE public.member_import (
    import_id uuid NOT NULL,
    digest uuid NOT NULL,
    lines bigint NOT NULL,
    persons bigint NOT NULL,
    refused bigint NOT NULL,
    imported_at timestamp with time zone NOT NULL
);
ALTER TABLE public.member_import OWNER TO egide;
CREATE TABLE public.member_sequence (
    insurer_id uuid NOT NULL,
    sequence bigint NOT NULL,
    digest uuid NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    CONSTRAINT member_sequence_positive CHECK ((sequence > 0))
);
ALTER TABLE public.member_sequence OWNER TO egide;
CREATE TABLE public.network_insurer (
    code text NOT NULL,
    insurer_id uuid NOT NULL,
    from_on date NOT NULL,
    until_on date,
    CONSTRAINT network_insurer_period_not_empty CHECK ((until_on >= from_on))
);
ALTER TABLE public.network_insurer OWNER TO egide;
CREATE TABLE public.network_member (
    establishment_id uuid NOT NULL,
    code text NOT NULL,
    from_on date NOT NULL,
    until_on date,
    CONSTRAINT network_member_period_not_empty CHECK ((until_on >= from_on))
);
ALTER TABLE public.network_member OWNER TO egide;
CREATE TABLE public.network_price (
    code text NOT NULL,
    act text NOT NULL,
    from_on date NOT NULL,
    cents bigint NOT NULL,
    CONSTRAINT network_price_positive CHECK ((cents > 0))
);
ALTER TABLE public.network_price OWNER TO egide;
CREATE TABLE public.nomenclature_act (
    system text NOT NULL,
    code text NOT NULL,
    label text NOT NULL,
    family text NOT NULL,
    professions text[] NOT NULL,
    edition_id uuid NOT NULL
);
ALTER TABLE public.nomenclature_act OWNER TO egide;
CREATE TABLE public.nomenclature_edition (
    edition_id uuid NOT NULL,
    source text NOT NULL,
    acts integer NOT NULL,
    taken_at timestamp with time zone NOT NULL
);
ALTER TABLE public.nomenclature_edition OWNER TO egide;
CREATE TABLE public.nomenclature_tariff (
    system text NOT NULL,
    code text NOT NULL,
    since_on date NOT NULL,
    until_on date,
    basis text NOT NULL,
    base_cents bigint NOT NULL,
    limit_cents bigint,
    not_optam_cents bigint,
    source text NOT NULL,
    CONSTRAINT nomenclature_tariff_basis_known CHECK ((basis = ANY (ARRAY['fixed'::text, 'price'::text, 'declared'::text]))),
    CONSTRAINT nomenclature_tariff_not_empty CHECK ((until_on > since_on)),
    CONSTRAINT nomenclature_tariff_not_negative CHECK (((base_cents >= 0) AND (limit_cents >= 0) AND (not_optam_cents >= 0)))
);
ALTER TABLE public.nomenclature_tariff OWNER TO egide;
CREATE TABLE public.notice (
    notice_id uuid DEFAULT gen_random_uuid() NOT NULL,
    establishment_id uuid NOT NULL,
    event text NOT NULL,
    about text NOT NULL,
    shown text NOT NULL,
    contact_sealed bytea NOT NULL,
    made_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    sent_at timestamp with time zone,
    CONSTRAINT notice_event_known CHECK ((event = ANY (ARRAY['asked'::text, 'approved'::text, 'applied'::text, 'cancelled'::text, 'new'::text])))
);
ALTER TABLE public.notice OWNER TO egide;
CREATE TABLE public.oidc_login (
    state_hash bytea NOT NULL,
    thumbprint text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    peer text NOT NULL
);
ALTER TABLE public.oidc_login OWNER TO egide;
CREATE TABLE public.passkey (
    credential_id bytea NOT NULL,
    account_id uuid NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name text NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_why text,
    CONSTRAINT passkey_name_short CHECK (((char_length(name) >= 1) AND (char_length(name) <= 40)))
);
ALTER TABLE public.passkey OWNER TO egide;
CREATE TABLE public.payment_hold (
    establishment_id uuid NOT NULL,
    transfer_id text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone NOT NULL,
    released_by text,
    released_at timestamp with time zone,
    CONSTRAINT payment_hold_released_by_somebody CHECK (((released_by IS NULL) = (released_at IS NULL)))
);
ALTER TABLE public.payment_hold OWNER TO egide;
CREATE TABLE public.plan (
    plan_code text NOT NULL,
    version_on date NOT NULL,
    source_text text NOT NULL,
    digest text NOT NULL
);
ALTER TABLE public.plan OWNER TO egide;
CREATE TABLE public.plan_level (
    level_code text NOT NULL,
    plan_code text NOT NULL,
    version_on date NOT NULL,
    option_of text[] NOT NULL,
    closed_on date
);
ALTER TABLE public.plan_level OWNER TO egide;
CREATE TABLE public.preauth (
    establishment_id uuid NOT NULL,
    preauth_id uuid NOT NULL,
    revision smallint NOT NULL,
    request text NOT NULL,
    content_hash bytea NOT NULL,
    entry_id uuid NOT NULL,
    person_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    plan_code text NOT NULL,
    state text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    act_by date,
    valid_until date,
    invoice_until date,
    piece text,
    piece_answer text,
    reason text,
    expense_cents bigint NOT NULL,
    amo_cents bigint NOT NULL,
    amc_cents bigint NOT NULL,
    patient_cents bigint NOT NULL,
    response bytea NOT NULL,
    said_by text DEFAULT 'grid'::text NOT NULL,
    CONSTRAINT preauth_no_share_negative CHECK (((expense_cents >= 0) AND (amo_cents >= 0) AND (amc_cents >= 0) AND (patient_cents >= 0))),
    CONSTRAINT preauth_said_by_known CHECK ((said_by = ANY (ARRAY['grid'::text, 'insurer'::text, 'silence'::text]))),
    CONSTRAINT preauth_state_known CHECK ((state = ANY (ARRAY['rated'::text, 'pended-payer'::text, 'pended-pieces'::text, 'granted'::text, 'partly-granted'::text, 'refused'::text, 'used-part'::text, 'used'::text, 'cancelled'::text, 'superseded'::text])))
);
ALTER TABLE public.preauth OWNER TO egide;
CREATE TABLE public.preauth_line (
    establishment_id uuid NOT NULL,
    preauth_id uuid NOT NULL,
    revision smallint NOT NULL,
    line smallint NOT NULL,
    act_code text NOT NULL,
    care_on date NOT NULL,
    quantity smallint NOT NULL,
    side text NOT NULL,
    expense_cents bigint NOT NULL,
    amo_cents bigint NOT NULL,
    amc_cents bigint NOT NULL,
    patient_cents bigint NOT NULL,
    promised_cents bigint NOT NULL,
    control text,
    used_by uuid,
    CONSTRAINT preauth_line_no_share_negative CHECK (((expense_cents >= 0) AND (amo_cents >= 0) AND (amc_cents >= 0) AND (patient_cents >= 0))),
    CONSTRAINT preauth_line_refused_grants_nothing CHECK (((control IS NULL) OR ((amc_cents = 0) AND (used_by IS NULL))))
);
ALTER TABLE public.preauth_line OWNER TO egide;
CREATE TABLE public.preauth_terms (
    insurer_id uuid NOT NULL,
    from_on date NOT NULL,
    valid_days smallint NOT NULL,
    tolerance_days smallint NOT NULL,
    answer_days smallint NOT NULL,
    piece_days smallint NOT NULL,
    above_cents bigint,
    CONSTRAINT preauth_terms_above CHECK (((above_cents IS NULL) OR (above_cents >= 0))),
    CONSTRAINT preauth_terms_days CHECK ((((valid_days >= 1) AND (valid_days <= 180)) AND ((tolerance_days >= 0) AND (tolerance_days <= 20)) AND ((answer_days >= 1) AND (answer_days <= 30)) AND ((piece_days >= 1) AND (piece_days <= 60))))
);
ALTER TABLE public.preauth_terms OWNER TO egide;
CREATE TABLE public.professional (
    rpps text NOT NULL,
    establishment_id uuid NOT NULL,
    CONSTRAINT professional_rpps_form CHECK ((rpps ~ '^[0-9]{11}$'::text))
);
ALTER TABLE public.professional OWNER TO egide;
CREATE TABLE public.refund (
    claim_id uuid NOT NULL,
    attempt smallint NOT NULL,
    establishment_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    transfer_id text,
    ended_at timestamp with time zone,
    CONSTRAINT refund_positive CHECK (((amount_cents > 0) AND (attempt > 0)))
);
ALTER TABLE public.refund OWNER TO egide;
CREATE TABLE public.reservation (
    person_id uuid NOT NULL,
    counter text NOT NULL,
    establishment_id uuid NOT NULL,
    preauth_id uuid NOT NULL,
    line smallint NOT NULL,
    care_on date NOT NULL,
    units integer NOT NULL,
    amount_cents bigint NOT NULL,
    during daterange NOT NULL,
    seat smallint NOT NULL,
    used_by uuid,
    CONSTRAINT reservation_ends CHECK (((upper(during) - lower(during)) <= 400))
);
ALTER TABLE public.reservation OWNER TO egide;
CREATE TABLE public.restoration (
    restored_at timestamp with time zone NOT NULL,
    reached timestamp with time zone,
    confirmed_by text,
    confirmed_at timestamp with time zone,
    CONSTRAINT restoration_confirmed_by_somebody CHECK (((confirmed_by IS NULL) = (confirmed_at IS NULL)))
);
ALTER TABLE public.restoration OWNER TO egide;
CREATE TABLE public.schema_file (
    path text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE public.schema_file OWNER TO egide;
CREATE TABLE public.schema_level (
    level integer NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE public.schema_level OWNER TO egide;
CREATE TABLE public.settlement (
    settlement_id text NOT NULL,
    closed_at timestamp with time zone NOT NULL,
    execute_on date NOT NULL,
    transfers integer NOT NULL,
    amount_cents bigint NOT NULL,
    written_at timestamp with time zone,
    CONSTRAINT settlement_positive CHECK (((transfers > 0) AND (amount_cents > 0)))
);
ALTER TABLE public.settlement OWNER TO egide;
CREATE TABLE public.settlement_order (
    settlement_id text NOT NULL,
    debtor_name text NOT NULL,
    debtor_iban text NOT NULL,
    sha256 bytea,
    begun_at timestamp with time zone,
    creditor text,
    debits_sha256 bytea,
    by_two boolean DEFAULT false NOT NULL,
    CONSTRAINT settlement_order_digest CHECK ((octet_length(sha256) = 32))
);
ALTER TABLE public.settlement_order OWNER TO egide;
CREATE TABLE public.settlement_release (
    settlement_id text NOT NULL,
    who text NOT NULL,
    os_user text NOT NULL,
    released_at timestamp with time zone NOT NULL
);
ALTER TABLE public.settlement_release OWNER TO egide;
CREATE TABLE public.software (
    software_id uuid NOT NULL,
    vendor text NOT NULL,
    product text NOT NULL,
    version text NOT NULL,
    declared_by text
);
ALTER TABLE public.software OWNER TO egide;
CREATE TABLE public.support_ticket (
    ticket_id uuid NOT NULL,
    establishment_id uuid NOT NULL,
    invoice text NOT NULL,
    reason text NOT NULL,
    opened_by uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_by uuid,
    closed_at timestamp with time zone,
    CONSTRAINT support_ticket_reason_known CHECK ((reason = ANY (ARRAY['refused'::text, 'unpaid'::text, 'amount'::text, 'other'::text])))
);
ALTER TABLE public.support_ticket OWNER TO egide;
CREATE TABLE public.vendor_key (
    thumbprint text NOT NULL,
    vendor text NOT NULL,
    jwk jsonb NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);
ALTER TABLE public.vendor_key OWNER TO egide;
CREATE TABLE public.web_session (
    session_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    account_id uuid NOT NULL,
    thumbprint text NOT NULL,
    device text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    reauthenticated_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    is_new boolean DEFAULT false NOT NULL,
    device_jwk text,
    device_from timestamp with time zone,
    CONSTRAINT web_session_device_whole CHECK (((device_jwk IS NULL) = (device_from IS NULL))),
    CONSTRAINT web_session_short CHECK ((ends_at <= (opened_at + '04:00:00'::interval)))
);
ALTER TABLE public.web_session OWNER TO egide;
CREATE TABLE public.withholding (
    transfer_id text NOT NULL,
    claim_id uuid NOT NULL,
    establishment_id uuid NOT NULL,
    insurer_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT withholding_positive CHECK ((amount_cents > 0))
);
ALTER TABLE public.withholding OWNER TO egide;
ALTER TABLE ONLY gate.activation
    ADD CONSTRAINT activation_pkey PRIMARY KEY (address);
ALTER TABLE ONLY gate.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (establishment_id);
ALTER TABLE ONLY gate.canary
    ADD CONSTRAINT canary_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY gate.card_revoked
    ADD CONSTRAINT card_revoked_pkey PRIMARY KEY (address);
ALTER TABLE ONLY gate.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (size);
ALTER TABLE ONLY gate.claimed
    ADD CONSTRAINT claimed_pkey PRIMARY KEY (establishment_id, person_id);
ALTER TABLE ONLY gate.cover
    ADD CONSTRAINT cover_pkey PRIMARY KEY (address, person_id, start_on);
ALTER TABLE ONLY gate.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (establishment_id, entry_id);
ALTER TABLE ONLY gate.fact
    ADD CONSTRAINT fact_pkey PRIMARY KEY (fact_id);
ALTER TABLE ONLY gate.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (establishment_id, entry_id);
ALTER TABLE ONLY gate.justified
    ADD CONSTRAINT justified_pkey PRIMARY KEY (establishment_id, period, person_id);
ALTER TABLE ONLY gate.leaf
    ADD CONSTRAINT leaf_once UNIQUE (establishment_id, entry_id);
ALTER TABLE ONLY gate.leaf
    ADD CONSTRAINT leaf_pkey PRIMARY KEY (index);
ALTER TABLE ONLY gate.log_mark
    ADD CONSTRAINT log_mark_pkey PRIMARY KEY (is_one);
ALTER TABLE ONLY gate.number_tried
    ADD CONSTRAINT number_tried_pkey PRIMARY KEY (establishment_id, day);
ALTER TABLE ONLY gate.objection
    ADD CONSTRAINT objection_pkey PRIMARY KEY (establishment_id, person_id);
ALTER TABLE ONLY gate.own_space
    ADD CONSTRAINT own_space_pkey PRIMARY KEY (account_id, session_id);
ALTER TABLE ONLY gate.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY gate.presence
    ADD CONSTRAINT presence_pkey PRIMARY KEY (address);
ALTER TABLE ONLY gate.proof
    ADD CONSTRAINT proof_pkey PRIMARY KEY (proof_hash);
ALTER TABLE ONLY gate.read_again
    ADD CONSTRAINT read_again_pkey PRIMARY KEY (establishment_id, person_id);
ALTER TABLE ONLY gate.relation
    ADD CONSTRAINT relation_pkey PRIMARY KEY (establishment_id, person_id);
ALTER TABLE ONLY gate.segment_cap
    ADD CONSTRAINT segment_cap_pkey PRIMARY KEY (kind, value);
ALTER TABLE ONLY gate.segment_counted
    ADD CONSTRAINT segment_counted_pkey PRIMARY KEY (establishment_id, day, address);
ALTER TABLE ONLY gate.segment
    ADD CONSTRAINT segment_pkey PRIMARY KEY (kind, value);
ALTER TABLE ONLY gate.segment_use
    ADD CONSTRAINT segment_use_pkey PRIMARY KEY (kind, value, day, shard);
ALTER TABLE ONLY gate.tile
    ADD CONSTRAINT tile_pkey PRIMARY KEY (level, number);
ALTER TABLE ONLY gate.unproved_query
    ADD CONSTRAINT unproved_query_pkey PRIMARY KEY (establishment_id, basis, address);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.allocation
    ADD CONSTRAINT allocation_pkey PRIMARY KEY (claim_id, attempt);
ALTER TABLE ONLY public.applicant
    ADD CONSTRAINT applicant_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.assertion_seen
    ADD CONSTRAINT assertion_seen_pkey PRIMARY KEY (assertion_hash);
ALTER TABLE ONLY public.bank_entry
    ADD CONSTRAINT bank_entry_pkey PRIMARY KEY (account, place, number);
ALTER TABLE ONLY public.bank_report
    ADD CONSTRAINT bank_report_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.bank_said
    ADD CONSTRAINT bank_said_pkey PRIMARY KEY (subject, who);
ALTER TABLE ONLY public.bank_statement
    ADD CONSTRAINT bank_statement_once UNIQUE (account, reference, closed_on);
ALTER TABLE ONLY public.bank_statement
    ADD CONSTRAINT bank_statement_pkey PRIMARY KEY (account, place);
ALTER TABLE ONLY public.batch_line
    ADD CONSTRAINT batch_line_pkey PRIMARY KEY (establishment_id, batch, line);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_pkey PRIMARY KEY (thumbprint);
ALTER TABLE ONLY public.care_network
    ADD CONSTRAINT care_network_pkey PRIMARY KEY (code);
ALTER TABLE ONLY public.ceremony
    ADD CONSTRAINT ceremony_pkey PRIMARY KEY (challenge_hash);
ALTER TABLE ONLY public.claim_acceptance
    ADD CONSTRAINT claim_acceptance_pkey PRIMARY KEY (claim_id);
ALTER TABLE ONLY public.claim_call
    ADD CONSTRAINT claim_call_pkey PRIMARY KEY (claim_id);
ALTER TABLE ONLY public.claim_cancellation
    ADD CONSTRAINT claim_cancellation_pkey PRIMARY KEY (establishment_id, claim_id);
ALTER TABLE public.claim
    ADD CONSTRAINT claim_expense_bounded CHECK ((expense_cents <= '100000000000000'::bigint)) NOT VALID;
ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_id_once UNIQUE (claim_id);
ALTER TABLE ONLY public.claim_line
    ADD CONSTRAINT claim_line_pkey PRIMARY KEY (establishment_id, claim_id, line);
ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (establishment_id, invoice);
ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_one_a_call UNIQUE (settlement_id, insurer_id);
ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_pkey PRIMARY KEY (collection_id);
ALTER TABLE ONLY public.consumption
    ADD CONSTRAINT consumption_pkey PRIMARY KEY (person_id, counter, claim_id, line);
ALTER TABLE ONLY public.convention_signature
    ADD CONSTRAINT convention_signature_pkey PRIMARY KEY (application_id);
ALTER TABLE ONLY public.dispute_answer
    ADD CONSTRAINT dispute_answer_pkey PRIMARY KEY (dispute_id, reading);
ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_once_a_claim UNIQUE (claim_id);
ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_pkey PRIMARY KEY (dispute_id);
ALTER TABLE ONLY public.dispute_answer
    ADD CONSTRAINT dispute_read_by_two UNIQUE (dispute_id, account_id);
ALTER TABLE ONLY public.establishment_application
    ADD CONSTRAINT establishment_application_pkey PRIMARY KEY (application_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_pkey PRIMARY KEY (change_id);
ALTER TABLE ONLY public.establishment_contact
    ADD CONSTRAINT establishment_contact_pkey PRIMARY KEY (establishment_id);
ALTER TABLE ONLY public.establishment
    ADD CONSTRAINT establishment_finess_once UNIQUE (finess);
ALTER TABLE ONLY public.establishment
    ADD CONSTRAINT establishment_pkey PRIMARY KEY (establishment_id);
ALTER TABLE ONLY public.export_order
    ADD CONSTRAINT export_order_pkey PRIMARY KEY (export_id);
ALTER TABLE ONLY public.finess_site
    ADD CONSTRAINT finess_site_pkey PRIMARY KEY (finess);
ALTER TABLE ONLY public.funds_call
    ADD CONSTRAINT funds_call_pkey PRIMARY KEY (insurer_id, settlement_id);
ALTER TABLE ONLY public.import_progress
    ADD CONSTRAINT import_progress_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.incident_act
    ADD CONSTRAINT incident_act_pkey PRIMARY KEY (incident_id, controller, act, noted_at);
ALTER TABLE ONLY public.incident_exposed
    ADD CONSTRAINT incident_exposed_pkey PRIMARY KEY (incident_id, insurer_id, person_id, basis, purpose);
ALTER TABLE ONLY public.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (incident_id);
ALTER TABLE ONLY public.incident_reckoning
    ADD CONSTRAINT incident_reckoning_pkey PRIMARY KEY (incident_id, version);
ALTER TABLE ONLY public.insurer
    ADD CONSTRAINT insurer_amc_number_once UNIQUE (amc_number);
ALTER TABLE ONLY public.insurer_event
    ADD CONSTRAINT insurer_event_pkey PRIMARY KEY (insurer_id, event);
ALTER TABLE ONLY public.insurer_former_number
    ADD CONSTRAINT insurer_former_number_pkey PRIMARY KEY (amc_number);
ALTER TABLE ONLY public.insurer_funding
    ADD CONSTRAINT insurer_funding_pkey PRIMARY KEY (insurer_id, from_on);
ALTER TABLE ONLY public.insurer_key
    ADD CONSTRAINT insurer_key_pkey PRIMARY KEY (insurer_id);
ALTER TABLE ONLY public.insurer_mandate
    ADD CONSTRAINT insurer_mandate_pkey PRIMARY KEY (mandate);
ALTER TABLE ONLY public.insurer
    ADD CONSTRAINT insurer_pkey PRIMARY KEY (insurer_id);
ALTER TABLE ONLY public.insurer_service
    ADD CONSTRAINT insurer_service_pkey PRIMARY KEY (insurer_id, since);
ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (code_hash);
ALTER TABLE ONLY public.law_check
    ADD CONSTRAINT law_check_pkey PRIMARY KEY (checked_at);
ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (cause_kind, cause_id, part);
ALTER TABLE ONLY public.member_import
    ADD CONSTRAINT member_import_pkey PRIMARY KEY (import_id);
ALTER TABLE ONLY public.member_sequence
    ADD CONSTRAINT member_sequence_pkey PRIMARY KEY (insurer_id);
ALTER TABLE ONLY public.network_insurer
    ADD CONSTRAINT network_insurer_pkey PRIMARY KEY (code, insurer_id, from_on);
ALTER TABLE ONLY public.network_member
    ADD CONSTRAINT network_member_pkey PRIMARY KEY (establishment_id, code, from_on);
ALTER TABLE ONLY public.network_price
    ADD CONSTRAINT network_price_pkey PRIMARY KEY (code, act, from_on);
ALTER TABLE ONLY public.nomenclature_act
    ADD CONSTRAINT nomenclature_act_pkey PRIMARY KEY (system, code);
ALTER TABLE ONLY public.nomenclature_edition
    ADD CONSTRAINT nomenclature_edition_pkey PRIMARY KEY (edition_id);
ALTER TABLE ONLY public.nomenclature_tariff
    ADD CONSTRAINT nomenclature_tariff_pkey PRIMARY KEY (system, code, since_on);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (notice_id);
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (credential_id);
ALTER TABLE ONLY public.payment_hold
    ADD CONSTRAINT payment_hold_pkey PRIMARY KEY (establishment_id, transfer_id);
ALTER TABLE ONLY public.plan_level
    ADD CONSTRAINT plan_level_pkey PRIMARY KEY (level_code, version_on);
ALTER TABLE ONLY public.plan
    ADD CONSTRAINT plan_pkey PRIMARY KEY (plan_code, version_on);
ALTER TABLE ONLY public.preauth_line
    ADD CONSTRAINT preauth_line_pkey PRIMARY KEY (establishment_id, preauth_id, revision, line);
ALTER TABLE ONLY public.preauth
    ADD CONSTRAINT preauth_pkey PRIMARY KEY (establishment_id, preauth_id, revision);
ALTER TABLE ONLY public.preauth
    ADD CONSTRAINT preauth_request_once UNIQUE (establishment_id, request);
ALTER TABLE ONLY public.preauth_terms
    ADD CONSTRAINT preauth_terms_pkey PRIMARY KEY (insurer_id, from_on);
ALTER TABLE ONLY public.professional
    ADD CONSTRAINT professional_pkey PRIMARY KEY (rpps);
ALTER TABLE ONLY public.oidc_login
    ADD CONSTRAINT psc_login_pkey PRIMARY KEY (state_hash);
ALTER TABLE ONLY public.refund
    ADD CONSTRAINT refund_pkey PRIMARY KEY (claim_id, attempt);
ALTER TABLE ONLY public.reservation
    ADD CONSTRAINT reservation_pkey PRIMARY KEY (person_id, counter, preauth_id, line);
ALTER TABLE ONLY public.reservation
    ADD CONSTRAINT reservation_seat_once EXCLUDE USING gist (person_id WITH =, counter WITH =, seat WITH =, preauth_id WITH <>, during WITH &&) WHERE (((used_by IS NULL) AND (counter ~~ 'renewal:%'::text)));
ALTER TABLE ONLY public.restoration
    ADD CONSTRAINT restoration_pkey PRIMARY KEY (restored_at);
ALTER TABLE ONLY public.schema_file
    ADD CONSTRAINT schema_file_pkey PRIMARY KEY (path);
ALTER TABLE ONLY public.schema_level
    ADD CONSTRAINT schema_level_pkey PRIMARY KEY (level);
ALTER TABLE ONLY public.settlement_order
    ADD CONSTRAINT settlement_order_pkey PRIMARY KEY (settlement_id);
ALTER TABLE ONLY public.settlement
    ADD CONSTRAINT settlement_pkey PRIMARY KEY (settlement_id);
ALTER TABLE ONLY public.settlement_release
    ADD CONSTRAINT settlement_release_pkey PRIMARY KEY (settlement_id, who);
ALTER TABLE ONLY public.software
    ADD CONSTRAINT software_once UNIQUE (vendor, product, version);
ALTER TABLE ONLY public.software
    ADD CONSTRAINT software_pkey PRIMARY KEY (software_id);
ALTER TABLE ONLY public.support_ticket
    ADD CONSTRAINT support_ticket_pkey PRIMARY KEY (ticket_id);
ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_once UNIQUE (transfer_id);
ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (establishment_id, transfer_id);
ALTER TABLE ONLY public.vendor_key
    ADD CONSTRAINT vendor_key_pkey PRIMARY KEY (thumbprint);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_pkey PRIMARY KEY (session_hash);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_session_id_key UNIQUE (session_id);
ALTER TABLE ONLY public.withholding
    ADD CONSTRAINT withholding_pkey PRIMARY KEY (transfer_id, claim_id);
CREATE UNIQUE INDEX activation_person_once ON gate.activation USING btree (person_id);
CREATE INDEX checkpoint_cosigned_idx ON gate.checkpoint USING btree (size) WHERE (cardinality(cosignatures) > 0);
CREATE INDEX claimed_waiting_idx ON gate.claimed USING btree (accepted_at) WHERE (justified_at IS NULL);
CREATE INDEX confirmation_idx ON gate.confirmation USING btree (establishment_id, at);
CREATE INDEX entry_at_idx ON gate.entry USING btree (establishment_id, at);
CREATE INDEX entry_person_idx ON gate.entry USING btree (person_id, at) WHERE (person_id IS NOT NULL);
CREATE INDEX entry_support_idx ON gate.entry USING btree (at) WHERE (purpose = 'support'::text);
CREATE INDEX entry_xid_idx ON gate.entry USING btree (xid);
CREATE INDEX fact_at_idx ON gate.fact USING btree (at);
CREATE INDEX fact_untold_idx ON gate.fact USING btree (at) WHERE (told_at IS NULL);
CREATE INDEX intent_at_idx ON gate.intent USING btree (at);
CREATE INDEX objection_at_idx ON gate.objection USING btree (at);
CREATE INDEX own_space_opened_idx ON gate.own_space USING btree (opened_at);
CREATE INDEX page_opened_idx ON gate.page_opened USING btree (establishment_id, at);
CREATE INDEX presence_expires_idx ON gate.presence USING btree (expires_at);
CREATE INDEX proof_seen_idx ON gate.proof USING btree (seen_at);
CREATE UNIQUE INDEX relation_alias_idx ON gate.relation USING btree (establishment_id, alias);
CREATE INDEX segment_counted_day_idx ON gate.segment_counted USING btree (day);
CREATE INDEX segment_until_idx ON gate.segment USING btree (until);
CREATE INDEX unproved_query_asked_idx ON gate.unproved_query USING btree (asked_at);
CREATE INDEX unproved_query_person_idx ON gate.unproved_query USING btree (establishment_id, person_id) WHERE ((basis = 'U'::text) AND (person_id IS NOT NULL));
CREATE INDEX unproved_query_window_idx ON gate.unproved_query USING btree (establishment_id, asked_at);
CREATE INDEX account_establishment_idx ON public.account USING btree (establishment_id);
CREATE UNIQUE INDEX account_person_once ON public.account USING btree (person_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX account_rpps_once ON public.account USING btree (rpps) WHERE (closed_at IS NULL);
CREATE INDEX account_used_idx ON public.account USING btree (COALESCE(used_at, created_at)) WHERE ((closed_at IS NULL) AND (role <> 'insured'::text));
CREATE UNIQUE INDEX allocation_one_under_way ON public.allocation USING btree (claim_id) WHERE (ended_at IS NULL);
CREATE INDEX allocation_transfer_idx ON public.allocation USING btree (transfer_id);
CREATE INDEX applicant_rpps_idx ON public.applicant USING btree (rpps);
CREATE INDEX bank_entry_suspense_idx ON public.bank_entry USING btree (booked_on) WHERE (disposition = 'suspense'::text);
CREATE INDEX bank_entry_target_idx ON public.bank_entry USING btree (target) WHERE (target <> ''::text);
CREATE INDEX caller_key_establishment_idx ON public.caller_key USING btree (establishment_id);
CREATE INDEX caller_key_revoked_idx ON public.caller_key USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);
CREATE INDEX ceremony_expires_idx ON public.ceremony USING btree (expires_at);
CREATE INDEX claim_acceptance_waiting_idx ON public.claim_acceptance USING btree (insurer_id, asked_at) WHERE (answer IS NULL);
CREATE INDEX claim_call_credited_idx ON public.claim_call USING btree (credited_in) WHERE (credited_in IS NOT NULL);
CREATE INDEX claim_call_settlement_idx ON public.claim_call USING btree (settlement_id);
CREATE INDEX claim_cancellation_owed_idx ON public.claim_cancellation USING btree (establishment_id) WHERE ((was = 'settled'::text) AND (transfer_id IS NULL));
CREATE INDEX claim_cancellation_transfer_idx ON public.claim_cancellation USING btree (transfer_id) WHERE (transfer_id IS NOT NULL);
CREATE INDEX claim_cancellation_unchecked_idx ON public.claim_cancellation USING btree (person_id) WHERE (checked_at IS NULL);
CREATE INDEX claim_line_act_idx ON public.claim_line USING btree (establishment_id, care_on, act_hash);
CREATE INDEX claim_payable_idx ON public.claim USING btree (establishment_id, received_at) WHERE (state = 'payable'::text);
CREATE INDEX claim_person_idx ON public.claim USING btree (person_id, received_at);
CREATE UNIQUE INDEX claim_same_care_once ON public.claim USING btree (establishment_id, care_hash) WHERE (state <> ALL (ARRAY['rejected'::text, 'cancelled'::text, 'reversed'::text]));
CREATE INDEX collection_mandate_idx ON public.collection USING btree (mandate, state);
CREATE INDEX consumption_claim_idx ON public.consumption USING btree (claim_id);
CREATE INDEX dispute_establishment_idx ON public.dispute USING btree (establishment_id, opened_at);
CREATE INDEX dispute_insurer_idx ON public.dispute USING btree (insurer_id, answer_by) WHERE (state = 'open'::text);
CREATE UNIQUE INDEX establishment_application_one_open ON public.establishment_application USING btree (account_id) WHERE (decided_at IS NULL);
CREATE INDEX establishment_change_account_idx ON public.establishment_change USING btree (asked_by);
CREATE INDEX establishment_change_approver_idx ON public.establishment_change USING btree (approved_by);
CREATE INDEX establishment_change_due_idx ON public.establishment_change USING btree (approved_at) WHERE ((cancelled_at IS NULL) AND (applied_at IS NULL));
CREATE UNIQUE INDEX establishment_change_one_open ON public.establishment_change USING btree (establishment_id, kind) WHERE ((subject IS NULL) AND (cancelled_at IS NULL) AND (applied_at IS NULL));
CREATE UNIQUE INDEX establishment_change_one_open_each ON public.establishment_change USING btree (subject, kind) WHERE ((subject IS NOT NULL) AND (cancelled_at IS NULL) AND (applied_at IS NULL));
CREATE INDEX establishment_change_subject_idx ON public.establishment_change USING btree (subject);
CREATE INDEX export_order_insurer_idx ON public.export_order USING btree (insurer_id, asked_at);
CREATE UNIQUE INDEX import_staged_line_idx ON public.import_staged USING btree (digest, line_number);
CREATE INDEX incident_exposed_person_idx ON public.incident_exposed USING btree (person_id);
CREATE INDEX insurer_former_number_idx ON public.insurer_former_number USING btree (insurer_id);
CREATE INDEX insurer_mandate_idx ON public.insurer_mandate USING btree (insurer_id);
CREATE INDEX ledger_credit_idx ON public.ledger_entry USING btree (credit);
CREATE INDEX ledger_debit_idx ON public.ledger_entry USING btree (debit);
CREATE INDEX ledger_funds_in_idx ON public.ledger_entry USING btree (credit) WHERE (credit ~~ 'amc:%:funds'::text);
CREATE INDEX ledger_funds_out_idx ON public.ledger_entry USING btree (debit) WHERE (debit ~~ 'amc:%:funds'::text);
CREATE INDEX ledger_paid_in_idx ON public.ledger_entry USING btree (credit) WHERE ((cause_kind = ANY (ARRAY['bank-entry'::text, 'disposition'::text])) AND (credit ~~ 'amc:%'::text));
CREATE INDEX ledger_taken_back_idx ON public.ledger_entry USING btree (debit) WHERE ((cause_kind = ANY (ARRAY['bank-entry'::text, 'disposition'::text])) AND (debit ~~ 'amc:%'::text));
CREATE INDEX member_import_last ON public.member_import USING btree (imported_at, import_id);
CREATE INDEX notice_due_idx ON public.notice USING btree (next_try_at) WHERE (sent_at IS NULL);
CREATE INDEX oidc_login_expires_idx ON public.oidc_login USING btree (expires_at);
CREATE INDEX passkey_account_idx ON public.passkey USING btree (account_id);
CREATE INDEX payment_hold_open_idx ON public.payment_hold USING btree (establishment_id) WHERE (released_at IS NULL);
CREATE UNIQUE INDEX preauth_current_once ON public.preauth USING btree (establishment_id, preauth_id) WHERE (state <> 'superseded'::text);
CREATE INDEX preauth_line_used_idx ON public.preauth_line USING btree (used_by) WHERE (used_by IS NOT NULL);
CREATE INDEX preauth_person_idx ON public.preauth USING btree (person_id);
CREATE INDEX preauth_queue_idx ON public.preauth USING btree (insurer_id, act_by) WHERE (state = 'pended-payer'::text);
CREATE INDEX professional_establishment_idx ON public.professional USING btree (establishment_id);
CREATE INDEX refund_due_idx ON public.refund USING btree (establishment_id) WHERE ((transfer_id IS NULL) AND (ended_at IS NULL));
CREATE UNIQUE INDEX refund_one_under_way ON public.refund USING btree (claim_id) WHERE (ended_at IS NULL);
CREATE INDEX refund_transfer_idx ON public.refund USING btree (transfer_id) WHERE (transfer_id IS NOT NULL);
CREATE INDEX reservation_preauth_idx ON public.reservation USING btree (preauth_id);
CREATE UNIQUE INDEX support_ticket_one_open ON public.support_ticket USING btree (establishment_id, invoice) WHERE (closed_at IS NULL);
CREATE INDEX support_ticket_open_idx ON public.support_ticket USING btree (opened_at) WHERE (closed_at IS NULL);
CREATE INDEX transfer_open_idx ON public.transfer USING btree (settlement_id) WHERE (state = ANY (ARRAY['ordered'::text, 'acknowledged'::text]));
CREATE INDEX transfer_settlement_idx ON public.transfer USING btree (settlement_id);
CREATE INDEX vendor_key_vendor_idx ON public.vendor_key USING btree (vendor) WHERE (revoked_at IS NULL);
CREATE INDEX web_session_account_idx ON public.web_session USING btree (account_id, opened_at);
CREATE UNIQUE INDEX withholding_one_under_way ON public.withholding USING btree (claim_id) WHERE (ended_at IS NULL);
CREATE TRIGGER entry_append_only BEFORE DELETE OR UPDATE ON gate.entry FOR EACH ROW EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER entry_never_emptied BEFORE TRUNCATE ON gate.entry FOR EACH STATEMENT EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER leaf_kept BEFORE DELETE OR UPDATE ON gate.leaf FOR EACH ROW EXECUTE FUNCTION gate.leaf_kept();
CREATE TRIGGER leaf_never_emptied BEFORE TRUNCATE ON gate.leaf FOR EACH STATEMENT EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER segment_log_append_only BEFORE DELETE OR UPDATE ON gate.segment_log FOR EACH ROW EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER segment_log_never_emptied BEFORE TRUNCATE ON gate.segment_log FOR EACH STATEMENT EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER tile_grows BEFORE DELETE OR UPDATE ON gate.tile FOR EACH ROW EXECUTE FUNCTION gate.tile_grows();
CREATE TRIGGER tile_never_emptied BEFORE TRUNCATE ON gate.tile FOR EACH STATEMENT EXECUTE FUNCTION gate.forbid_change();
CREATE TRIGGER account_closed AFTER UPDATE OF closed_at ON public.account FOR EACH ROW WHEN (((old.closed_at IS NULL) AND (new.closed_at IS NOT NULL))) EXECUTE FUNCTION public.account_closed();
CREATE TRIGGER account_ended BEFORE UPDATE ON public.account FOR EACH ROW EXECUTE FUNCTION public.ended_once('closed_at');
CREATE TRIGGER caller_key_attested BEFORE INSERT ON public.caller_key FOR EACH ROW EXECUTE FUNCTION public.caller_key_attested();
CREATE TRIGGER caller_key_ended BEFORE UPDATE ON public.caller_key FOR EACH ROW EXECUTE FUNCTION public.ended_once('revoked_at');
CREATE TRIGGER caller_key_few_revoked BEFORE UPDATE ON public.caller_key FOR EACH ROW EXECUTE FUNCTION public.caller_key_few_revoked();
CREATE TRIGGER caller_key_revoked_by_once BEFORE UPDATE ON public.caller_key FOR EACH ROW EXECUTE FUNCTION public.ended_once('revoked_by');
CREATE TRIGGER claim_comes_in_unsettled BEFORE INSERT ON public.claim FOR EACH ROW EXECUTE FUNCTION public.claim_comes_in_unsettled();
CREATE TRIGGER establishment_application_guard BEFORE INSERT ON public.establishment_application FOR EACH ROW EXECUTE FUNCTION public.establishment_application_guard();
CREATE TRIGGER establishment_change_guard BEFORE INSERT OR UPDATE ON public.establishment_change FOR EACH ROW EXECUTE FUNCTION public.establishment_change_guard();
CREATE TRIGGER establishment_change_told AFTER INSERT OR UPDATE ON public.establishment_change FOR EACH ROW EXECUTE FUNCTION public.establishment_change_told();
CREATE TRIGGER export_order_guard BEFORE INSERT OR UPDATE ON public.export_order FOR EACH ROW EXECUTE FUNCTION public.export_order_guard();
CREATE TRIGGER invitation_ended BEFORE UPDATE ON public.invitation FOR EACH ROW EXECUTE FUNCTION public.ended_once('used_at');
CREATE TRIGGER ledger_append_only BEFORE DELETE OR UPDATE ON public.ledger_entry FOR EACH ROW EXECUTE FUNCTION public.forbid_change();
CREATE TRIGGER ledger_never_emptied BEFORE TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION public.forbid_change();
CREATE TRIGGER passkey_ended BEFORE UPDATE ON public.passkey FOR EACH ROW EXECUTE FUNCTION public.ended_once('revoked_at');
CREATE TRIGGER passkey_told AFTER INSERT ON public.passkey FOR EACH ROW EXECUTE FUNCTION public.passkey_told();
CREATE TRIGGER session_of_new_device BEFORE INSERT ON public.web_session FOR EACH ROW EXECUTE FUNCTION public.session_of_new_device();
CREATE TRIGGER support_ticket_guard BEFORE INSERT OR UPDATE ON public.support_ticket FOR EACH ROW EXECUTE FUNCTION public.support_ticket_guard();
CREATE TRIGGER vendor_key_ended BEFORE UPDATE ON public.vendor_key FOR EACH ROW EXECUTE FUNCTION public.ended_once('revoked_at');
CREATE TRIGGER web_session_ended BEFORE UPDATE ON public.web_session FOR EACH ROW EXECUTE FUNCTION public.ended_once('closed_at');
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_rpps_fkey FOREIGN KEY (rpps) REFERENCES public.professional(rpps);
ALTER TABLE ONLY public.applicant
    ADD CONSTRAINT applicant_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.bank_entry
    ADD CONSTRAINT bank_entry_account_place_fkey FOREIGN KEY (account, place) REFERENCES public.bank_statement(account, place);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_attested_by_fkey FOREIGN KEY (attested_by) REFERENCES public.vendor_key(thumbprint);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_enrolled_by_fkey FOREIGN KEY (enrolled_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.caller_key
    ADD CONSTRAINT caller_key_software_id_fkey FOREIGN KEY (software_id) REFERENCES public.software(software_id);
ALTER TABLE ONLY public.claim_acceptance
    ADD CONSTRAINT claim_acceptance_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES public.claim(claim_id);
ALTER TABLE ONLY public.claim_acceptance
    ADD CONSTRAINT claim_acceptance_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_mandate_fkey FOREIGN KEY (mandate) REFERENCES public.insurer_mandate(mandate);
ALTER TABLE ONLY public.collection
    ADD CONSTRAINT collection_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.convention_signature
    ADD CONSTRAINT convention_signature_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.establishment_application(application_id);
ALTER TABLE ONLY public.convention_signature
    ADD CONSTRAINT convention_signature_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.dispute_answer
    ADD CONSTRAINT dispute_answer_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.dispute_answer
    ADD CONSTRAINT dispute_answer_dispute_id_fkey FOREIGN KEY (dispute_id) REFERENCES public.dispute(dispute_id);
ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES public.claim(claim_id);
ALTER TABLE ONLY public.dispute
    ADD CONSTRAINT dispute_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.establishment_application
    ADD CONSTRAINT establishment_application_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.applicant(account_id);
ALTER TABLE ONLY public.establishment_application
    ADD CONSTRAINT establishment_application_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.establishment_application
    ADD CONSTRAINT establishment_application_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_cancelled_by_fkey FOREIGN KEY (cancelled_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.establishment_change
    ADD CONSTRAINT establishment_change_subject_fkey FOREIGN KEY (subject) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.establishment_contact
    ADD CONSTRAINT establishment_contact_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.export_order
    ADD CONSTRAINT export_order_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.export_order
    ADD CONSTRAINT export_order_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.export_order
    ADD CONSTRAINT export_order_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.export_order
    ADD CONSTRAINT export_order_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.funds_call
    ADD CONSTRAINT funds_call_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.funds_call
    ADD CONSTRAINT funds_call_first_by_fkey FOREIGN KEY (first_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.funds_call
    ADD CONSTRAINT funds_call_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.funds_call
    ADD CONSTRAINT funds_call_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.incident_act
    ADD CONSTRAINT incident_act_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);
ALTER TABLE ONLY public.incident_exposed
    ADD CONSTRAINT incident_exposed_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);
ALTER TABLE ONLY public.incident_reckoning
    ADD CONSTRAINT incident_reckoning_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incident(incident_id);
ALTER TABLE ONLY public.insurer_event
    ADD CONSTRAINT insurer_event_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.insurer_former_number
    ADD CONSTRAINT insurer_former_number_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.insurer_funding
    ADD CONSTRAINT insurer_funding_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.insurer_key
    ADD CONSTRAINT insurer_key_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.insurer_mandate
    ADD CONSTRAINT insurer_mandate_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.insurer_service
    ADD CONSTRAINT insurer_service_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT invitation_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.network_insurer
    ADD CONSTRAINT network_insurer_code_fkey FOREIGN KEY (code) REFERENCES public.care_network(code);
ALTER TABLE ONLY public.network_insurer
    ADD CONSTRAINT network_insurer_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.network_member
    ADD CONSTRAINT network_member_code_fkey FOREIGN KEY (code) REFERENCES public.care_network(code);
ALTER TABLE ONLY public.network_member
    ADD CONSTRAINT network_member_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.network_price
    ADD CONSTRAINT network_price_code_fkey FOREIGN KEY (code) REFERENCES public.care_network(code);
ALTER TABLE ONLY public.nomenclature_act
    ADD CONSTRAINT nomenclature_act_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES public.nomenclature_edition(edition_id);
ALTER TABLE ONLY public.nomenclature_tariff
    ADD CONSTRAINT nomenclature_tariff_system_code_fkey FOREIGN KEY (system, code) REFERENCES public.nomenclature_act(system, code);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.plan_level
    ADD CONSTRAINT plan_level_plan_code_version_on_fkey FOREIGN KEY (plan_code, version_on) REFERENCES public.plan(plan_code, version_on);
ALTER TABLE ONLY public.preauth_terms
    ADD CONSTRAINT preauth_terms_insurer_id_fkey FOREIGN KEY (insurer_id) REFERENCES public.insurer(insurer_id);
ALTER TABLE ONLY public.professional
    ADD CONSTRAINT professional_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.settlement_order
    ADD CONSTRAINT settlement_order_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.settlement_release
    ADD CONSTRAINT settlement_release_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.software
    ADD CONSTRAINT software_declared_by_fkey FOREIGN KEY (declared_by) REFERENCES public.vendor_key(thumbprint);
ALTER TABLE ONLY public.support_ticket
    ADD CONSTRAINT support_ticket_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.support_ticket
    ADD CONSTRAINT support_ticket_establishment_id_fkey FOREIGN KEY (establishment_id) REFERENCES public.establishment(establishment_id);
ALTER TABLE ONLY public.support_ticket
    ADD CONSTRAINT support_ticket_establishment_id_invoice_fkey FOREIGN KEY (establishment_id, invoice) REFERENCES public.claim(establishment_id, invoice);
ALTER TABLE ONLY public.support_ticket
    ADD CONSTRAINT support_ticket_opened_by_fkey FOREIGN KEY (opened_by) REFERENCES public.account(account_id);
ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES public.settlement(settlement_id);
ALTER TABLE ONLY public.web_session
    ADD CONSTRAINT web_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);
ALTER TABLE gate.activation ENABLE ROW LEVEL SECURITY;
ALTER TABLE gate.cover ENABLE ROW LEVEL SECURITY;
CREATE POLICY imported ON gate.activation TO egide_loader USING ((EXISTS ( SELECT
   FROM gate.person p
  WHERE ((p.person_id = activation.person_id) AND (p.insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[])))))) WITH CHECK ((EXISTS ( SELECT
   FROM gate.person p
  WHERE ((p.person_id = activation.person_id) AND (p.insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[]))))));
CREATE POLICY imported ON gate.cover TO egide_loader USING ((insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[]))) WITH CHECK ((insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[])));
CREATE POLICY imported ON gate.person TO egide_loader USING ((insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[]))) WITH CHECK ((insurer_id = ANY (( SELECT gate.tenants() AS tenants)::uuid[])));
ALTER TABLE gate.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.allocation ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.claim ENABLE ROW LEVEL SECURITY;
CREATE POLICY establishment ON public.account TO egide_portal USING (true) WITH CHECK (true);
CREATE POLICY establishment ON public.allocation TO egide_app, egide_payer USING (true) WITH CHECK (true);
CREATE POLICY establishment ON public.claim TO egide_app, egide_portal, egide_payer USING (true) WITH CHECK (true);
CREATE POLICY establishment ON public.funds_call TO egide_portal, egide_payer USING (true) WITH CHECK (true);
ALTER TABLE public.export_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY exported ON public.allocation FOR SELECT TO egide_insurer USING (((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session)) AND (ended_at IS NULL) AND (transfer_id = ANY (( SELECT public.exported_transfers(NULL::text) AS exported_transfers)::text[]))));
CREATE POLICY exported ON public.claim FOR SELECT TO egide_insurer USING (((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session)) AND (EXISTS ( SELECT
   FROM public.allocation a
  WHERE (a.claim_id = claim.claim_id)))));
ALTER TABLE public.funds_call ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.ledger_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_claims ON public.ledger_entry TO egide_app USING (true) WITH CHECK ((cause_kind = 'claim'::text));
CREATE POLICY of_transfers ON public.ledger_entry TO egide_payer USING (true) WITH CHECK ((cause_kind = ANY (ARRAY['transfer'::text, 'reject'::text, 'bank-opening'::text, 'bank-entry'::text, 'disposition'::text, 'call'::text])));
CREATE POLICY own ON public.account FOR SELECT TO egide_insurer USING ((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session)));
CREATE POLICY own ON public.export_order TO egide_insurer USING ((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session))) WITH CHECK ((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session)));
CREATE POLICY own ON public.funds_call FOR SELECT TO egide_insurer USING ((insurer_id = ( SELECT public.insurer_of_session() AS insurer_of_session)));
GRANT ALL ON FUNCTION gate.ask(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) TO egide_app;
GRANT ALL ON FUNCTION gate.card_held(p_digest uuid, p_today date) TO egide_loader;
GRANT ALL ON FUNCTION gate.count_word(p_establishment uuid, p_is_shown boolean) TO egide_app;
GRANT ALL ON FUNCTION gate.engagement(p_establishment uuid, p_read uuid) TO egide_app;
GRANT ALL ON FUNCTION gate.engagement(p_establishment uuid, p_read uuid) TO egide_portal;
GRANT ALL ON FUNCTION gate.entry_text(e gate.entry) TO egide_logger;
GRANT ALL ON FUNCTION gate.forget_proofs() TO egide_app;
GRANT ALL ON FUNCTION gate.intend(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_basis text[], p_address uuid[], p_key text[], p_method text[]) TO egide_app;
GRANT ALL ON FUNCTION gate.is_off(p_establishment uuid, p_software uuid, p_key text, p_method text, p_flow text) TO egide_app;
GRANT ALL ON FUNCTION gate.is_off(p_establishment uuid, p_software uuid, p_key text, p_method text, p_flow text) TO egide_portal;
GRANT ALL ON FUNCTION gate.leaf_of(p_establishment uuid, p_entry uuid) TO egide_portal;
GRANT ALL ON FUNCTION gate.log_horizon() TO egide_logger;
GRANT ALL ON FUNCTION gate.log_lag(OUT waiting_since timestamp with time zone, OUT unseen_since timestamp with time zone) TO egide_app;
GRANT ALL ON FUNCTION gate.log_left() TO egide_logger;
GRANT ALL ON FUNCTION gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) TO egide_app;
GRANT ALL ON FUNCTION gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) TO egide_portal;
GRANT ALL ON FUNCTION gate.reread(p_establishment uuid, p_entry uuid[], p_read uuid[], p_software uuid, p_key text, p_method text, p_is_bounded boolean) TO egide_app;
GRANT ALL ON FUNCTION gate.reread(p_establishment uuid, p_entry uuid[], p_read uuid[], p_software uuid, p_key text, p_method text, p_is_bounded boolean) TO egide_portal;
GRANT ALL ON FUNCTION gate.shut_behind_witness(p_said text) TO egide_logger;
GRANT ALL ON FUNCTION gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text) TO egide_app;
GRANT ALL ON FUNCTION gate.tenants() TO egide_loader;
GRANT ALL ON FUNCTION gate.told(p_establishment uuid[], p_entry uuid[]) TO egide_app;
GRANT ALL ON FUNCTION gate.try_number(p_establishment uuid, p_is_missed boolean) TO egide_app;
GRANT ALL ON FUNCTION gate.use_proof(p_proof uuid) TO egide_app;
GRANT ALL ON FUNCTION gate.use_proof(p_proof uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.accept_call(p_session uuid, p_settlement text) TO egide_portal;
GRANT ALL ON FUNCTION public.accesses_of(p_session uuid, p_before timestamp with time zone) TO egide_portal;
GRANT ALL ON FUNCTION public.activate_insured(p_address uuid, p_account uuid, p_label bytea) TO egide_portal;
GRANT ALL ON FUNCTION public.answer_dispute(p_session uuid, p_dispute uuid, p_is_upheld boolean, p_reason text, p_raise_by date) TO egide_portal;
GRANT ALL ON FUNCTION public.answer_preauth(p_session uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) TO egide_portal;
GRANT ALL ON FUNCTION public.answer_preauth_by_service(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) TO egide_app;
GRANT ALL ON FUNCTION public.apply_establishment_changes() TO egide_payer;
GRANT ALL ON FUNCTION public.apply_establishment_changes() TO egide_portal;
GRANT ALL ON FUNCTION public.call_shown(p_session uuid, p_settlement text) TO egide_portal;
GRANT ALL ON FUNCTION public.cancel_claim(p_establishment uuid, p_claim uuid, p_replaced_by uuid, p_attested bytea) TO egide_app;
GRANT ALL ON FUNCTION public.cancel_claim(p_establishment uuid, p_claim uuid, p_replaced_by uuid, p_attested bytea) TO egide_payer;
GRANT ALL ON FUNCTION public.check_cancellations(p_claims uuid[]) TO egide_payer;
GRANT ALL ON FUNCTION public.close_dormant_accounts() TO egide_portal;
GRANT ALL ON FUNCTION public.confirm_presence(p_session uuid, p_establishment uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.contain(p_session uuid, p_kind text, p_value text, p_mode text, p_reason text, p_until timestamp with time zone) TO egide_portal;
GRANT ALL ON FUNCTION public.contained(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.contest_preauth(p_session uuid, p_establishment uuid, p_preauth uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) TO egide_portal;
GRANT ALL ON FUNCTION public.declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) TO egide_app;
GRANT ALL ON FUNCTION public.dispute_raised(p_establishment uuid, p_dispute uuid, p_second_by date) TO egide_app;
GRANT ALL ON FUNCTION public.dispute_withdrawn(p_establishment uuid, p_dispute uuid) TO egide_app;
GRANT ALL ON FUNCTION public.enrol_applicant(p_account uuid, p_rpps text, p_profession text, p_places text[], p_label bytea) TO egide_portal;
GRANT ALL ON FUNCTION public.enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) TO egide_portal;
GRANT ALL ON FUNCTION public.enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamp with time zone) TO egide_portal;
GRANT ALL ON FUNCTION public.exported_transfers(p_settlement text) TO egide_insurer;
GRANT ALL ON FUNCTION public.exports_open() TO egide_insurer;
GRANT ALL ON FUNCTION public.flow_status() TO egide_app;
GRANT ALL ON FUNCTION public.flow_status() TO egide_portal;
GRANT ALL ON FUNCTION public.forget_activation(p_account uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.forget_assertions(p_before timestamp with time zone) TO egide_app;
GRANT ALL ON FUNCTION public.give_presence(p_session uuid, p_finess text, p_address uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.insurer_disputes(p_session uuid, p_dispute uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.insurer_incidents(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.insurer_numbered(p_amc text) TO egide_gate;
GRANT ALL ON FUNCTION public.insurer_numbered(p_amc text) TO egide_loader;
GRANT ALL ON FUNCTION public.insurer_numbered(p_amc text) TO egide_payer;
GRANT ALL ON FUNCTION public.insurer_numbered(p_amc text) TO egide_portal;
GRANT ALL ON FUNCTION public.insurer_of_session() TO egide_insurer;
GRANT ALL ON FUNCTION public.insurer_of_session() TO egide_portal;
GRANT ALL ON FUNCTION public.insurer_preauths(p_session uuid, p_establishment uuid, p_preauth uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.invite_to_establishment(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) TO egide_portal;
GRANT ALL ON FUNCTION public.is_admitted(p_account uuid, p_role text) TO egide_portal;
GRANT ALL ON FUNCTION public.is_segment(p_kind text, p_value text) TO egide_portal;
GRANT ALL ON FUNCTION public.log_export(p_claim uuid[], p_entry uuid[]) TO egide_insurer;
GRANT ALL ON FUNCTION public.mark_preauth(p_establishment uuid, p_preauth uuid, p_lines smallint[], p_was uuid, p_claim uuid) TO egide_app;
GRANT ALL ON FUNCTION public.object_access(p_session uuid, p_establishment uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.open_own_space(p_session uuid, p_entry uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.open_sites(p_sirets text[], p_finess text[]) TO egide_portal;
GRANT ALL ON FUNCTION public.operator_facts(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.operator_incidents(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.operator_objections(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.own_claims(p_session uuid, p_before timestamp with time zone) TO egide_portal;
GRANT ALL ON FUNCTION public.own_cover(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.own_incidents(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.own_leaf(p_session uuid, p_entry uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.own_preauths(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.own_recovery(p_session uuid, p_stop boolean) TO egide_portal;
GRANT ALL ON FUNCTION public.own_uses(p_session uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.recovered_by_each_other(p_one uuid, p_other uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.restore_claim(p_claim uuid, p_false uuid[]) TO egide_payer;
GRANT ALL ON FUNCTION public.run_build(p_key text, p_software uuid) TO egide_app;
GRANT ALL ON FUNCTION public.shut_out_of_establishment(p_session uuid, p_account uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.site_profession(p_profession text, p_category text) TO egide_portal;
GRANT ALL ON FUNCTION public.support_told(p_session uuid, p_entry uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.support_view(p_session uuid, p_ticket uuid, p_entry uuid) TO egide_portal;
GRANT ALL ON FUNCTION public.trail(p_session uuid, p_before timestamp with time zone) TO egide_portal;
GRANT ALL ON FUNCTION public.withdraw_unsigned(p_account uuid) TO egide_portal;
GRANT INSERT ON TABLE public.convention_signature TO egide_portal;
GRANT INSERT(answer_by) ON TABLE public.dispute TO egide_app;
GRANT INSERT(asked_at) ON TABLE public.export_order TO egide_insurer;
GRANT INSERT(asked_by) ON TABLE public.export_order TO egide_insurer;
GRANT INSERT(claim_id) ON TABLE public.dispute TO egide_app;
GRANT INSERT(contact_sealed) ON TABLE public.establishment_application TO egide_portal;
GRANT INSERT(dispute_id) ON TABLE public.dispute TO egide_app;
GRANT INSERT(establishment_id) ON TABLE public.dispute TO egide_app;
GRANT INSERT(establishment_id) ON TABLE public.support_ticket TO egide_portal;
GRANT INSERT(expected_cents) ON TABLE public.dispute TO egide_app;
GRANT INSERT(export_id) ON TABLE public.export_order TO egide_insurer;
GRANT INSERT(ground) ON TABLE public.dispute TO egide_app;
GRANT INSERT(iban_sealed) ON TABLE public.establishment_application TO egide_portal;
GRANT INSERT(insurer_id) ON TABLE public.dispute TO egide_app;
GRANT INSERT(insurer_id) ON TABLE public.export_order TO egide_insurer;
GRANT INSERT(invoice) ON TABLE public.support_ticket TO egide_portal;
GRANT INSERT(line) ON TABLE public.dispute TO egide_app;
GRANT INSERT(opened_at) ON TABLE public.dispute TO egide_app;
GRANT INSERT(opened_at) ON TABLE public.support_ticket TO egide_portal;
GRANT INSERT(opened_by) ON TABLE public.support_ticket TO egide_portal;
GRANT INSERT(reason) ON TABLE public.support_ticket TO egide_portal;
GRANT INSERT(sealed) ON TABLE public.establishment_change TO egide_portal;
GRANT INSERT(second_by) ON TABLE public.dispute TO egide_app;
GRANT INSERT(settlement_id) ON TABLE public.export_order TO egide_insurer;
GRANT INSERT(ticket_id) ON TABLE public.support_ticket TO egide_portal;
GRANT SELECT ON TABLE gate.checkpoint TO egide_app;
GRANT SELECT ON TABLE gate.checkpoint TO egide_portal;
GRANT SELECT ON TABLE gate.entry TO egide_logger;
GRANT SELECT ON TABLE gate.log_mark TO egide_logger;
GRANT SELECT ON TABLE gate.tile TO egide_app;
GRANT SELECT ON TABLE gate.tile TO egide_portal;
GRANT SELECT ON TABLE public.account TO egide_portal;
GRANT SELECT ON TABLE public.allocation TO egide_app;
GRANT SELECT ON TABLE public.applicant TO egide_portal;
GRANT SELECT ON TABLE public.caller_key TO egide_app;
GRANT SELECT ON TABLE public.caller_key TO egide_loader;
GRANT SELECT ON TABLE public.care_network TO egide_app;
GRANT SELECT ON TABLE public.claim TO egide_payer;
GRANT SELECT ON TABLE public.claim_acceptance TO egide_payer;
GRANT SELECT ON TABLE public.claim_cancellation TO egide_app;
GRANT SELECT ON TABLE public.claim_cancellation TO egide_payer;
GRANT SELECT ON TABLE public.claim_line TO egide_payer;
GRANT SELECT ON TABLE public.debit_waiting TO egide_payer;
GRANT SELECT ON TABLE public.dispute TO egide_app;
GRANT SELECT ON TABLE public.establishment TO egide_gate;
GRANT SELECT ON TABLE public.establishment TO egide_payer;
GRANT SELECT ON TABLE public.export_order TO egide_insurer;
GRANT SELECT ON TABLE public.finess_site TO egide_portal;
GRANT SELECT ON TABLE public.funds_call TO egide_insurer;
GRANT SELECT ON TABLE public.funds_call TO egide_portal;
GRANT SELECT ON TABLE public.insurer TO egide_app;
GRANT SELECT ON TABLE public.insurer TO egide_gate;
GRANT SELECT ON TABLE public.insurer TO egide_loader;
GRANT SELECT ON TABLE public.insurer TO egide_payer;
GRANT SELECT ON TABLE public.insurer TO egide_portal;
GRANT SELECT ON TABLE public.insurer_former_number TO egide_gate;
GRANT SELECT ON TABLE public.insurer_former_number TO egide_loader;
GRANT SELECT ON TABLE public.insurer_former_number TO egide_payer;
GRANT SELECT ON TABLE public.insurer_former_number TO egide_portal;
GRANT SELECT ON TABLE public.insurer_funding TO egide_payer;
GRANT SELECT ON TABLE public.insurer_mandate TO egide_payer;
GRANT SELECT ON TABLE public.insurer_service TO egide_app;
GRANT SELECT ON TABLE public.insurer_service TO egide_gate;
GRANT SELECT ON TABLE public.invitation TO egide_portal;
GRANT SELECT ON TABLE public.law_check TO egide_app;
GRANT SELECT ON TABLE public.member_import TO egide_app;
GRANT SELECT ON TABLE public.network_insurer TO egide_app;
GRANT SELECT ON TABLE public.network_member TO egide_app;
GRANT SELECT ON TABLE public.network_price TO egide_app;
GRANT SELECT ON TABLE public.nomenclature_act TO egide_app;
GRANT SELECT ON TABLE public.nomenclature_act TO egide_loader;
GRANT SELECT ON TABLE public.nomenclature_act TO egide_portal;
GRANT SELECT ON TABLE public.nomenclature_edition TO egide_app;
GRANT SELECT ON TABLE public.nomenclature_edition TO egide_loader;
GRANT SELECT ON TABLE public.nomenclature_edition TO egide_portal;
GRANT SELECT ON TABLE public.nomenclature_tariff TO egide_app;
GRANT SELECT ON TABLE public.nomenclature_tariff TO egide_loader;
GRANT SELECT ON TABLE public.nomenclature_tariff TO egide_portal;
GRANT SELECT ON TABLE public.notice TO egide_messenger;
GRANT SELECT ON TABLE public.plan TO egide_app;
GRANT SELECT ON TABLE public.plan TO egide_loader;
GRANT SELECT ON TABLE public.plan TO egide_portal;
GRANT SELECT ON TABLE public.plan_level TO egide_app;
GRANT SELECT ON TABLE public.plan_level TO egide_loader;
GRANT SELECT ON TABLE public.plan_level TO egide_portal;
GRANT SELECT ON TABLE public.preauth_terms TO egide_app;
GRANT SELECT ON TABLE public.preauth_terms TO egide_portal;
GRANT SELECT ON TABLE public.professional TO egide_app;
GRANT SELECT ON TABLE public.professional TO egide_gate;
GRANT SELECT ON TABLE public.professional TO egide_loader;
GRANT SELECT ON TABLE public.professional TO egide_portal;
GRANT SELECT ON TABLE public.refund TO egide_app;
GRANT SELECT ON TABLE public.restoration TO egide_payer;
GRANT SELECT ON TABLE public.schema_file TO egide_app;
GRANT SELECT ON TABLE public.schema_file TO egide_portal;
GRANT SELECT ON TABLE public.schema_level TO egide_app;
GRANT SELECT ON TABLE public.schema_level TO egide_portal;
GRANT SELECT ON TABLE public.settlement TO egide_app;
GRANT SELECT ON TABLE public.software TO egide_app;
GRANT SELECT ON TABLE public.software TO egide_gate;
GRANT SELECT ON TABLE public.software TO egide_loader;
GRANT SELECT ON TABLE public.software TO egide_portal;
GRANT SELECT ON TABLE public.support_ticket TO egide_portal;
GRANT SELECT ON TABLE public.vendor_key TO egide_app;
GRANT SELECT ON TABLE public.vendor_key TO egide_loader;
GRANT SELECT ON TABLE public.vendor_key TO egide_portal;
GRANT SELECT ON TABLE public.withholding TO egide_app;
GRANT SELECT(accepted) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(account_id) ON TABLE public.account TO egide_insurer;
GRANT SELECT(account_id),INSERT(account_id) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(address),INSERT(address) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(amc_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(amo_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(amount_cents) ON TABLE public.transfer TO egide_app;
GRANT SELECT(answered_at) ON TABLE public.dispute_answer TO egide_app;
GRANT SELECT(application_id) ON TABLE public.convention_signature TO egide_portal;
GRANT SELECT(application_id),INSERT(application_id) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(applied_at) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(approved_at) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(approved_by),UPDATE(approved_by) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(asked_at),INSERT(asked_at) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(asked_at),INSERT(asked_at) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(asked_by),INSERT(asked_by) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(booked_on) ON TABLE public.transfer TO egide_app;
GRANT SELECT(cancelled_at) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(card) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(change_id),INSERT(change_id) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(claim_id) ON TABLE public.allocation TO egide_insurer;
GRANT SELECT(claim_id) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(claims) ON TABLE public.transfer TO egide_app;
GRANT SELECT(closed_at) ON TABLE public.settlement TO egide_insurer;
GRANT SELECT(concentrator) ON TABLE public.caller_key TO egide_gate;
GRANT SELECT(contact_shown),INSERT(contact_shown) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(decided_at) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(decided_by) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(department) ON TABLE public.establishment TO egide_app;
GRANT SELECT(department) ON TABLE public.establishment TO egide_insurer;
GRANT SELECT(department) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(department) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(digest) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(dispute_id) ON TABLE public.dispute_answer TO egide_app;
GRANT SELECT(document),INSERT(document) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(ended_at) ON TABLE public.allocation TO egide_insurer;
GRANT SELECT(ended_on) ON TABLE public.transfer TO egide_app;
GRANT SELECT(ends) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(enrolled_at) ON TABLE public.establishment TO egide_app;
GRANT SELECT(enrolled_at) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(enrolled_at) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(establishment_id) ON TABLE public.caller_key TO egide_gate;
GRANT SELECT(establishment_id) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(establishment_id) ON TABLE public.claim TO egide_portal;
GRANT SELECT(establishment_id) ON TABLE public.establishment TO egide_app;
GRANT SELECT(establishment_id) ON TABLE public.establishment TO egide_insurer;
GRANT SELECT(establishment_id) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(establishment_id) ON TABLE public.establishment TO egide_messenger;
GRANT SELECT(establishment_id) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(establishment_id) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(establishment_id) ON TABLE public.establishment_contact TO egide_portal;
GRANT SELECT(establishment_id) ON TABLE public.payment_hold TO egide_app;
GRANT SELECT(establishment_id) ON TABLE public.preauth TO egide_gate;
GRANT SELECT(establishment_id) ON TABLE public.transfer TO egide_app;
GRANT SELECT(establishment_id),INSERT(establishment_id) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(execute_on) ON TABLE public.settlement TO egide_insurer;
GRANT SELECT(expense_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(finess) ON TABLE public.establishment TO egide_app;
GRANT SELECT(finess) ON TABLE public.establishment TO egide_insurer;
GRANT SELECT(finess) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(finess) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(finess),INSERT(finess) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(iban_tail) ON TABLE public.establishment TO egide_app;
GRANT SELECT(iban_tail) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(iban_tail) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(iban_tail),INSERT(iban_tail) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(index) ON TABLE gate.leaf TO egide_portal;
GRANT SELECT(insurer_id) ON TABLE public.account TO egide_insurer;
GRANT SELECT(insurer_id) ON TABLE public.allocation TO egide_insurer;
GRANT SELECT(insurer_id) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(invoice) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(invoice) ON TABLE public.claim TO egide_portal;
GRANT SELECT(is_upheld) ON TABLE public.dispute_answer TO egide_app;
GRANT SELECT(kind),INSERT(kind) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(label_sealed) ON TABLE public.account TO egide_insurer;
GRANT SELECT(line_number) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(name) ON TABLE public.establishment TO egide_app;
GRANT SELECT(name) ON TABLE public.establishment TO egide_insurer;
GRANT SELECT(name) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(name) ON TABLE public.establishment TO egide_messenger;
GRANT SELECT(name) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(other_amc_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(patient_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(payee),INSERT(payee) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(person_id) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(plan_code) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(preauth_id) ON TABLE public.preauth TO egide_gate;
GRANT SELECT(profession) ON TABLE public.establishment TO egide_app;
GRANT SELECT(profession) ON TABLE public.establishment TO egide_insurer;
GRANT SELECT(profession) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(profession) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(reading) ON TABLE public.dispute_answer TO egide_app;
GRANT SELECT(reason) ON TABLE public.dispute_answer TO egide_app;
GRANT SELECT(reason) ON TABLE public.transfer TO egide_app;
GRANT SELECT(received_at) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(released_at) ON TABLE public.payment_hold TO egide_app;
GRANT SELECT(revoked_at) ON TABLE public.caller_key TO egide_gate;
GRANT SELECT(settlement_id) ON TABLE public.settlement TO egide_insurer;
GRANT SELECT(settlement_id) ON TABLE public.transfer TO egide_app;
GRANT SELECT(shown) ON TABLE public.establishment_contact TO egide_portal;
GRANT SELECT(shown),INSERT(shown) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(signed_at) ON TABLE public.convention_signature TO egide_portal;
GRANT SELECT(since) ON TABLE public.establishment_contact TO egide_portal;
GRANT SELECT(siret) ON TABLE public.establishment TO egide_app;
GRANT SELECT(siret) ON TABLE public.establishment TO egide_loader;
GRANT SELECT(siret) ON TABLE public.establishment TO egide_portal;
GRANT SELECT(siret),INSERT(siret) ON TABLE public.establishment_application TO egide_portal;
GRANT SELECT(software_id) ON TABLE public.caller_key TO egide_gate;
GRANT SELECT(starts) ON TABLE public.import_staged TO egide_gate;
GRANT SELECT(state) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(state) ON TABLE public.preauth TO egide_gate;
GRANT SELECT(state) ON TABLE public.transfer TO egide_app;
GRANT SELECT(subject),INSERT(subject) ON TABLE public.establishment_change TO egide_portal;
GRANT SELECT(thumbprint) ON TABLE public.caller_key TO egide_gate;
GRANT SELECT(transfer_id) ON TABLE public.allocation TO egide_insurer;
GRANT SELECT(transfer_id) ON TABLE public.payment_hold TO egide_app;
GRANT SELECT(transfer_id) ON TABLE public.transfer TO egide_app;
GRANT SELECT(undue_cents) ON TABLE public.claim TO egide_insurer;
GRANT SELECT(value) ON TABLE gate.leaf TO egide_portal;
GRANT SELECT,INSERT ON TABLE gate.checkpoint TO egide_logger;
GRANT SELECT,INSERT ON TABLE gate.leaf TO egide_logger;
GRANT SELECT,INSERT ON TABLE gate.tile TO egide_logger;
GRANT SELECT,INSERT ON TABLE public.allocation TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.assertion_seen TO egide_app;
GRANT SELECT,INSERT ON TABLE public.bank_report TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.bank_statement TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.caller_key TO egide_portal;
GRANT SELECT,INSERT ON TABLE public.claim TO egide_app;
GRANT SELECT,INSERT ON TABLE public.claim_acceptance TO egide_app;
GRANT SELECT,INSERT ON TABLE public.claim_line TO egide_app;
GRANT SELECT,INSERT ON TABLE public.collection TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.consumption TO egide_app;
GRANT SELECT,INSERT ON TABLE public.funds_call TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.insurer_event TO egide_app;
GRANT SELECT,INSERT ON TABLE public.ledger_entry TO egide_app;
GRANT SELECT,INSERT ON TABLE public.ledger_entry TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.member_import TO egide_loader;
GRANT SELECT,INSERT ON TABLE public.passkey TO egide_portal;
GRANT SELECT,INSERT ON TABLE public.preauth TO egide_app;
GRANT SELECT,INSERT ON TABLE public.preauth_line TO egide_app;
GRANT SELECT,INSERT ON TABLE public.settlement_release TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.transfer TO egide_payer;
GRANT SELECT,INSERT ON TABLE public.web_session TO egide_portal;
GRANT SELECT,INSERT,DELETE ON TABLE public.ceremony TO egide_portal;
GRANT SELECT,INSERT,DELETE ON TABLE public.oidc_login TO egide_portal;
GRANT SELECT,INSERT,DELETE ON TABLE public.reservation TO egide_app;
GRANT SELECT,INSERT,DELETE,TRUNCATE ON TABLE public.import_staged TO egide_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE gate.cover TO egide_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE gate.person TO egide_loader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_progress TO egide_loader;
GRANT SELECT,INSERT,UPDATE ON TABLE gate.activation TO egide_loader;
GRANT SELECT,INSERT,UPDATE ON TABLE public.bank_entry TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.bank_said TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.batch_line TO egide_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.claim_call TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.member_sequence TO egide_loader;
GRANT SELECT,INSERT,UPDATE ON TABLE public.payment_hold TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.refund TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.settlement TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.settlement_order TO egide_payer;
GRANT SELECT,INSERT,UPDATE ON TABLE public.withholding TO egide_payer;
GRANT UPDATE(act_by) ON TABLE public.preauth TO egide_app;
GRANT UPDATE(answer) ON TABLE public.claim_acceptance TO egide_app;
GRANT UPDATE(answer) ON TABLE public.claim_acceptance TO egide_payer;
GRANT UPDATE(answered_at) ON TABLE public.claim_acceptance TO egide_app;
GRANT UPDATE(answered_at) ON TABLE public.claim_acceptance TO egide_payer;
GRANT UPDATE(approved_by) ON TABLE public.export_order TO egide_insurer;
GRANT UPDATE(booked_on) ON TABLE public.collection TO egide_payer;
GRANT UPDATE(booked_on) ON TABLE public.transfer TO egide_payer;
GRANT UPDATE(cancelled_by) ON TABLE public.establishment_change TO egide_portal;
GRANT UPDATE(closed_at) ON TABLE public.web_session TO egide_portal;
GRANT UPDATE(closed_by) ON TABLE public.support_ticket TO egide_portal;
GRANT UPDATE(code_hash) ON TABLE public.establishment_change TO egide_portal;
GRANT UPDATE(cosignatures) ON TABLE gate.checkpoint TO egide_logger;
GRANT UPDATE(device_from) ON TABLE public.web_session TO egide_portal;
GRANT UPDATE(device_jwk) ON TABLE public.web_session TO egide_portal;
GRANT UPDATE(during) ON TABLE public.reservation TO egide_app;
GRANT UPDATE(ended_at) ON TABLE public.allocation TO egide_payer;
GRANT UPDATE(ended_on) ON TABLE public.collection TO egide_payer;
GRANT UPDATE(ended_on) ON TABLE public.transfer TO egide_payer;
GRANT UPDATE(funds_cents) ON TABLE public.funds_call TO egide_payer;
GRANT UPDATE(hashes) ON TABLE gate.tile TO egide_logger;
GRANT UPDATE(invoice_until) ON TABLE public.preauth TO egide_app;
GRANT UPDATE(is_ahead) ON TABLE public.collection TO egide_payer;
GRANT UPDATE(is_given_back) ON TABLE public.claim_cancellation TO egide_payer;
GRANT UPDATE(next_try_at) ON TABLE public.notice TO egide_messenger;
GRANT UPDATE(piece_answer) ON TABLE public.preauth TO egide_app;
GRANT UPDATE(reason) ON TABLE public.claim_acceptance TO egide_app;
GRANT UPDATE(reason) ON TABLE public.claim_acceptance TO egide_payer;
GRANT UPDATE(reason) ON TABLE public.collection TO egide_payer;
GRANT UPDATE(reason) ON TABLE public.transfer TO egide_payer;
GRANT UPDATE(reauthenticated_at) ON TABLE public.web_session TO egide_portal;
GRANT UPDATE(registered_on) ON TABLE public.insurer_mandate TO egide_payer;
GRANT UPDATE(revoked_at) ON TABLE public.caller_key TO egide_portal;
GRANT UPDATE(revoked_at) ON TABLE public.passkey TO egide_portal;
GRANT UPDATE(revoked_by) ON TABLE public.caller_key TO egide_portal;
GRANT UPDATE(revoked_why) ON TABLE public.passkey TO egide_portal;
GRANT UPDATE(seen_at) ON TABLE public.web_session TO egide_portal;
GRANT UPDATE(sent_at) ON TABLE public.notice TO egide_messenger;
GRANT UPDATE(sign_count) ON TABLE public.passkey TO egide_portal;
GRANT UPDATE(size) ON TABLE gate.log_mark TO egide_logger;
GRANT UPDATE(state) ON TABLE public.claim TO egide_payer;
GRANT UPDATE(state) ON TABLE public.collection TO egide_payer;
GRANT UPDATE(state) ON TABLE public.preauth TO egide_app;
GRANT UPDATE(state) ON TABLE public.transfer TO egide_payer;
GRANT UPDATE(stopped_on) ON TABLE public.insurer_mandate TO egide_payer;
GRANT UPDATE(stopped_why) ON TABLE public.insurer_mandate TO egide_payer;
GRANT UPDATE(transfer_id) ON TABLE public.claim_cancellation TO egide_payer;
GRANT UPDATE(tries) ON TABLE public.notice TO egide_messenger;
GRANT UPDATE(used_at) ON TABLE public.account TO egide_portal;
GRANT UPDATE(used_at) ON TABLE public.invitation TO egide_portal;
GRANT UPDATE(used_at) ON TABLE public.passkey TO egide_portal;
GRANT UPDATE(valid_until) ON TABLE public.preauth TO egide_app;
GRANT UPDATE(was) ON TABLE public.claim_cancellation TO egide_payer;
GRANT UPDATE(xid) ON TABLE gate.log_mark TO egide_logger;
GRANT USAGE ON SCHEMA gate TO egide_app;
GRANT USAGE ON SCHEMA gate TO egide_loader;
GRANT USAGE ON SCHEMA gate TO egide_logger;
GRANT USAGE ON SCHEMA gate TO egide_portal;
GRANT USAGE ON SCHEMA public TO egide_app;
GRANT USAGE ON SCHEMA public TO egide_gate;
GRANT USAGE ON SCHEMA public TO egide_insurer;
GRANT USAGE ON SCHEMA public TO egide_loader;
GRANT USAGE ON SCHEMA public TO egide_logger;
GRANT USAGE ON SCHEMA public TO egide_messenger;
GRANT USAGE ON SCHEMA public TO egide_payer;
GRANT USAGE ON SCHEMA public TO egide_portal;
REVOKE ALL ON FUNCTION gate.adapted_budget(p_establishment uuid, p_basis text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.after(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.ask(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.asks_rights(p_insurer uuid, p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.beyond_caps(p_ord bigint[], p_kind text[], p_value text[], p_shard integer[], p_day date) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.cap_segments(p_question gate.question[], p_verdict text[], p_new bigint[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.card_held(p_digest uuid, p_today date) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.charge(p_establishment uuid, p_address uuid, p_basis text, p_person uuid, p_unmet boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.charge_unproved(p_question gate.question[], INOUT p_verdict text[], p_now timestamp with time zone, OUT v_new bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.contain_by_fact(p_establishment uuid, p_kind text, p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.count_misses(p_question gate.question[], p_answer gate.answer[], p_counted bigint[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.count_word(p_establishment uuid, p_is_shown boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.counted_anew(p_question gate.question[], p_new bigint[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.covers(p_establishment uuid, p_purpose text, p_basis text, p_address uuid, p_care_on date, p_meant uuid, p_amc text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.crowded() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.engagement(p_establishment uuid, p_read uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.entry_text(e gate.entry) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.first_contact_rate(p_establishment uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.forbid_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.forget_proofs() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.hold_to_intents(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.instant() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.intend(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_basis text[], p_address uuid[], p_key text[], p_method text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.is_earlier(p_xid xid8) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.is_off(p_establishment uuid, p_software uuid, p_key text, p_method text, p_flow text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.is_stale(p_establishment uuid, p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.justify(p_establishment uuid[], p_person uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.justify_claimed() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.kept(p_address uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.leaf_kept() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.leaf_of(p_establishment uuid, p_entry uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.log_horizon() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.log_lag(OUT waiting_since timestamp with time zone, OUT unseen_since timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.log_left() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.look_up(p_question gate.question[], p_verdict text[], p_meant uuid[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.meant(p_question gate.question[], p_verdict text[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.open_budget(p_establishment uuid, p_proved boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.period(p_at timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.prove(p_establishment uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.questions(p_establishment uuid[], p_entry uuid[], p_software uuid[], p_proof uuid[], p_purpose text[], p_basis text[], p_address uuid[], p_care_on date[], p_key text[], p_method text[], p_amc text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.ranking(p_limit integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.read_committed() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.reread(p_establishment uuid, p_entry uuid[], p_read uuid[], p_software uuid, p_key text, p_method text, p_is_bounded boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.revoke_card(p_address uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.ring_canaries(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text, p_until timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.settle(p_establishment uuid[], p_person uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.shut_behind_witness(p_said text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.size_segments() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.suspend(p_verdict text[], p_question gate.question[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.tenants() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.tile_grows() FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.told(p_establishment uuid[], p_entry uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.try_number(p_establishment uuid, p_is_missed boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.unjustified(p_establishment uuid, p_limit integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.use_proof(p_proof uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.use_proofs(p_question gate.question[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION gate.write_answers(p_question gate.question[], p_answer gate.answer[], p_now timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_cancel_backend(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_terminate_backend(pid integer, timeout bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.accept_call(p_session uuid, p_settlement text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.accesses_of(p_session uuid, p_before timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.account_closed() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.activate_insured(p_address uuid, p_account uuid, p_label bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.another_administrator(p_establishment uuid, p_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.answer_dispute(p_session uuid, p_dispute uuid, p_is_upheld boolean, p_reason text, p_raise_by date) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.answer_preauth(p_session uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.answer_preauth_by_service(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.answered_preauth(p_insurer uuid, p_establishment uuid, p_preauth uuid, p_revision smallint, p_state text, p_amounts bigint[], p_days date[], p_said text[], p_response bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.apply_establishment_changes() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.call_shown(p_session uuid, p_settlement text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caller_key_attested() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caller_key_few_revoked() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.cancel_claim(p_establishment uuid, p_claim uuid, p_replaced_by uuid, p_attested bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.check_cancellations(p_claims uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.claim_comes_in_unsettled() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.close_dormant_accounts() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.confirm_presence(p_session uuid, p_establishment uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.contain(p_session uuid, p_kind text, p_value text, p_mode text, p_reason text, p_until timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.contained(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.contest_preauth(p_session uuid, p_establishment uuid, p_preauth uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.decide_application(p_application uuid, p_establishment uuid, p_by uuid, p_accept boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.declare_build(p_software uuid, p_thumbprint text, p_product text, p_version text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.dispute_raised(p_establishment uuid, p_dispute uuid, p_second_by date) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.dispute_withdrawn(p_establishment uuid, p_dispute uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.ended_once() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.enrol_applicant(p_account uuid, p_rpps text, p_profession text, p_places text[], p_label bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.enrol_insured(p_amc text, p_person uuid, p_account uuid, p_label bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.erase_person(p_person uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.establishment_application_guard() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.establishment_change_asked(p_change public.establishment_change) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.establishment_change_guard() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.establishment_change_told() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.export_order_guard() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.exported_transfers(p_settlement text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.exports_open() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.flow_status() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.forbid_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.forget_activation(p_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.forget_assertions(p_before timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.give_presence(p_session uuid, p_finess text, p_address uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.insurer_disputes(p_session uuid, p_dispute uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.insurer_incidents(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.insurer_numbered(p_amc text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.insurer_of_session() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.insurer_preauths(p_session uuid, p_establishment uuid, p_preauth uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.invite_to_establishment(p_session uuid, p_account uuid, p_role text, p_label bytea, p_code bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.is_admitted(p_account uuid, p_role text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.is_segment(p_kind text, p_value text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.let_nothing_in(p_account uuid, p_at timestamp with time zone, p_why text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.log_export(p_claim uuid[], p_entry uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.make_establishment(p_establishment uuid, h public.establishment_application, a public.applicant, p_name text, p_department text, p_profession text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.mark_preauth(p_establishment uuid, p_preauth uuid, p_lines smallint[], p_was uuid, p_claim uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.may_decide(p_account uuid, p_establishment uuid, p_kind text, p_subject uuid, p_asks boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.may_export(p_account uuid, p_insurer uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.may_stop_change(p_account uuid, p_change public.establishment_change) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.object_access(p_session uuid, p_establishment uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.open_own_space(p_session uuid, p_entry uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.open_sites(p_sirets text[], p_finess text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.operator_facts(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.operator_incidents(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.operator_objections(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_claims(p_session uuid, p_before timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_cover(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_incidents(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_leaf(p_session uuid, p_entry uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_preauths(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_recovery(p_session uuid, p_stop boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.own_uses(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.passkey_told() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.recovered_by_each_other(p_one uuid, p_other uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.restore_claim(p_claim uuid, p_false uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.run_build(p_key text, p_software uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.session_account(p_session uuid, VARIADIC p_roles text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.session_of_new_device() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.shut_out_of_establishment(p_session uuid, p_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.site_profession(p_profession text, p_category text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.stop_changes_of(p_account uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.support_ticket_guard() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.support_told(p_session uuid, p_entry uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.support_view(p_session uuid, p_ticket uuid, p_entry uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.tell_establishment(p_establishment uuid, p_event text, p_about text, p_shown text, p_other bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.trail(p_session uuid, p_before timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.whose_space(p_session uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.withdraw_unsigned(p_account uuid) FROM PUBLIC;
