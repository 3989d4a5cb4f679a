INSERT INTO figures (organisation_id, department_id, horizon, span, addressed_on, category_id, arm, channel, entry, mobile, is_gone, addressed, reached, answered, booked, autonomous, seen, unknown, crossed, kept, noshow, excused, revoked, unnoted)
SELECT organisation_id, department_id, horizon, 'year', strftime('%Y-01-01', addressed_on), category_id, arm, channel, entry, mobile, is_gone, sum(addressed), sum(reached), sum(answered), sum(booked), sum(autonomous), sum(seen), sum(unknown), sum(crossed), sum(kept), sum(noshow), sum(excused), sum(revoked), sum(unnoted)
FROM figures WHERE span = 'month' GROUP BY 1,2,3,5,6,7,8,9,10,11
----
INSERT INTO figure_delays (organisation_id, department_id, kind, span, addressed_on, category_id, arm, channel, entry, days, is_gone, people)
SELECT organisation_id, department_id, kind, 'year', strftime('%Y-01-01', addressed_on), category_id, arm, channel, entry, days, is_gone, sum(people)
FROM figure_delays WHERE span = 'month' GROUP BY 1,2,3,5,6,7,8,9,10,11
----
CREATE TRIGGER audit_events_kept_update BEFORE UPDATE ON audit_events WHEN NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.action IS NOT OLD.action OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.agent_id IS NOT OLD.agent_id OR NEW.origin IS NOT OLD.origin OR NEW.network IS NOT OLD.network OR OLD.beneficiary_id IS NULL OR NOT ((NEW.beneficiary_id IS NULL AND NEW.details = '{}') OR (NEW.beneficiary_id IS NOT NULL AND json_remove(NEW.details, '$.follow_up_id') = json_remove(OLD.details, '$.follow_up_id'))) BEGIN SELECT RAISE(ABORT, 'audit_events_kept_update'); END
----
CREATE TRIGGER audit_events_kept_delete BEFORE DELETE ON audit_events WHEN julianday(OLD.at) > julianday((SELECT last.at FROM audit_events AS last ORDER BY last.id DESC LIMIT 1)) - 365 BEGIN SELECT RAISE(ABORT, 'audit_events_kept_delete'); END
----
CREATE TRIGGER appointments_changed_0 AFTER UPDATE OF moved_at ON appointments WHEN NEW.moved_at IS NOT NULL AND OLD.moved_at IS NOT NEW.moved_at BEGIN UPDATE appointments SET changed_at = NEW.moved_at WHERE id = NEW.id AND (changed_at IS NULL OR changed_at < NEW.moved_at); END
----
CREATE TRIGGER appointments_changed_1 AFTER UPDATE OF cancelled_at ON appointments WHEN NEW.cancelled_at IS NOT NULL AND OLD.cancelled_at IS NOT NEW.cancelled_at BEGIN UPDATE appointments SET changed_at = NEW.cancelled_at WHERE id = NEW.id AND (changed_at IS NULL OR changed_at < NEW.cancelled_at); END
----
CREATE TRIGGER participations_changed_0 AFTER INSERT ON participations BEGIN UPDATE appointments SET changed_at = NEW.created_at WHERE id = NEW.appointment_id AND (changed_at IS NULL OR changed_at < NEW.created_at); END
----
CREATE TRIGGER participations_changed_1 AFTER UPDATE OF outcome_at ON participations WHEN NEW.outcome_at IS NOT NULL AND OLD.outcome_at IS NOT NEW.outcome_at BEGIN UPDATE appointments SET changed_at = NEW.outcome_at WHERE id = NEW.appointment_id AND (changed_at IS NULL OR changed_at < NEW.outcome_at); END
