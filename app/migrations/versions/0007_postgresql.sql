INSERT INTO figures (organisation_id, department_id, horizon, span, addressed_on, category_id, arm, channel, entry, mobile, is_gone, addressed, reached, answered, booked, autonomous, seen, unknown, crossed, kept, noshow, excused, revoked, unnoted)
SELECT organisation_id, department_id, horizon, 'year', date_trunc('year', addressed_on)::date, category_id, arm, channel, entry, mobile, is_gone, sum(addressed), sum(reached), sum(answered), sum(booked), sum(autonomous), sum(seen), sum(unknown), sum(crossed), sum(kept), sum(noshow), sum(excused), sum(revoked), sum(unnoted)
FROM figures WHERE span = 'month' GROUP BY 1,2,3,5,6,7,8,9,10,11
----
INSERT INTO figure_delays (organisation_id, department_id, kind, span, addressed_on, category_id, arm, channel, entry, days, is_gone, people)
SELECT organisation_id, department_id, kind, 'year', date_trunc('year', addressed_on)::date, category_id, arm, channel, entry, days, is_gone, sum(people)
FROM figure_delays WHERE span = 'month' GROUP BY 1,2,3,5,6,7,8,9,10,11
----
CREATE FUNCTION audit_events_kept_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id IS DISTINCT FROM OLD.id OR NEW.at IS DISTINCT FROM OLD.at OR NEW.action IS DISTINCT FROM OLD.action OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id OR NEW.agent_id IS DISTINCT FROM OLD.agent_id OR NEW.origin IS DISTINCT FROM OLD.origin OR NEW.network IS DISTINCT FROM OLD.network OR OLD.beneficiary_id IS NULL OR NOT ((NEW.beneficiary_id IS NULL AND NEW.details::text = '{}') OR (NEW.beneficiary_id IS NOT NULL AND NEW.details::jsonb - 'follow_up_id' = OLD.details::jsonb - 'follow_up_id')) THEN RAISE EXCEPTION 'audit_events_kept_update' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER audit_events_kept_update BEFORE UPDATE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_kept_update()
----
CREATE FUNCTION audit_events_kept_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.at > (SELECT last.at FROM audit_events AS last ORDER BY last.id DESC LIMIT 1) - interval '365 days' THEN RAISE EXCEPTION 'audit_events_kept_delete' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$
----
CREATE TRIGGER audit_events_kept_delete BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_kept_delete()
----
CREATE FUNCTION audit_events_kept_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_events_kept_truncate' USING ERRCODE = 'integrity_constraint_violation'; END $$
----
CREATE TRIGGER audit_events_kept_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_events_kept_truncate()
----
CREATE OR REPLACE FUNCTION appointments_changed_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE appointments SET changed_at = NEW.moved_at WHERE id = NEW.id AND (changed_at IS NULL OR changed_at < NEW.moved_at); RETURN NULL; END $$
----
CREATE TRIGGER appointments_changed_0 AFTER UPDATE OF moved_at ON appointments FOR EACH ROW WHEN (NEW.moved_at IS NOT NULL AND OLD.moved_at IS DISTINCT FROM NEW.moved_at) EXECUTE FUNCTION appointments_changed_0()
----
CREATE OR REPLACE FUNCTION appointments_changed_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE appointments SET changed_at = NEW.cancelled_at WHERE id = NEW.id AND (changed_at IS NULL OR changed_at < NEW.cancelled_at); RETURN NULL; END $$
----
CREATE TRIGGER appointments_changed_1 AFTER UPDATE OF cancelled_at ON appointments FOR EACH ROW WHEN (NEW.cancelled_at IS NOT NULL AND OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at) EXECUTE FUNCTION appointments_changed_1()
----
CREATE OR REPLACE FUNCTION participations_changed_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE appointments SET changed_at = NEW.created_at WHERE id = NEW.appointment_id AND (changed_at IS NULL OR changed_at < NEW.created_at); RETURN NULL; END $$
----
CREATE TRIGGER participations_changed_0 AFTER INSERT ON participations FOR EACH ROW EXECUTE FUNCTION participations_changed_0()
----
CREATE OR REPLACE FUNCTION participations_changed_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE appointments SET changed_at = NEW.outcome_at WHERE id = NEW.appointment_id AND (changed_at IS NULL OR changed_at < NEW.outcome_at); RETURN NULL; END $$
----
CREATE TRIGGER participations_changed_1 AFTER UPDATE OF outcome_at ON participations FOR EACH ROW WHEN (NEW.outcome_at IS NOT NULL AND OLD.outcome_at IS DISTINCT FROM NEW.outcome_at) EXECUTE FUNCTION participations_changed_1()
