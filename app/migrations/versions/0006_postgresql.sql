CREATE FUNCTION trials_frozen_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'ended' AND NEW.state <> 'ended') OR NEW.id IS DISTINCT FROM OLD.id OR NEW.uid IS DISTINCT FROM OLD.uid OR NEW.department_id IS DISTINCT FROM OLD.department_id OR NEW.category_id IS DISTINCT FROM OLD.category_id OR NEW.name IS DISTINCT FROM OLD.name OR NEW.arms::text IS DISTINCT FROM OLD.arms::text OR NEW.horizon_days IS DISTINCT FROM OLD.horizon_days OR NEW.expected_from IS DISTINCT FROM OLD.expected_from OR NEW.expected_to IS DISTINCT FROM OLD.expected_to OR NEW.alpha IS DISTINCT FROM OLD.alpha OR NEW.power IS DISTINCT FROM OLD.power OR NEW.looks IS DISTINCT FROM OLD.looks OR NEW.per_arm IS DISTINCT FROM OLD.per_arm OR NEW.fallback_days IS DISTINCT FROM OLD.fallback_days OR NEW.protocol IS DISTINCT FROM OLD.protocol OR NEW.protocol_hash IS DISTINCT FROM OLD.protocol_hash OR NEW.seed_hash IS DISTINCT FROM OLD.seed_hash OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.created_by_agent_id IS DISTINCT FROM OLD.created_by_agent_id OR NEW.started_at IS DISTINCT FROM OLD.started_at OR NEW.started_by_agent_id IS DISTINCT FROM OLD.started_by_agent_id) THEN RAISE EXCEPTION 'trials_frozen_update' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER trials_frozen_update BEFORE UPDATE ON trials FOR EACH ROW EXECUTE FUNCTION trials_frozen_update()
----
CREATE FUNCTION trials_frozen_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'draft' THEN RAISE EXCEPTION 'trials_frozen_delete' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$
----
CREATE TRIGGER trials_frozen_delete BEFORE DELETE ON trials FOR EACH ROW EXECUTE FUNCTION trials_frozen_delete()
----
CREATE FUNCTION trial_organisations_frozen_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM trials WHERE trials.id = NEW.trial_id AND trials.state <> 'draft') THEN RAISE EXCEPTION 'trial_organisations_frozen_insert' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER trial_organisations_frozen_insert BEFORE INSERT ON trial_organisations FOR EACH ROW EXECUTE FUNCTION trial_organisations_frozen_insert()
----
CREATE FUNCTION trial_organisations_frozen_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM trials WHERE trials.id = OLD.trial_id AND trials.state <> 'draft') AND (NEW.trial_id IS DISTINCT FROM OLD.trial_id OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id OR NEW.category_id IS DISTINCT FROM OLD.category_id) THEN RAISE EXCEPTION 'trial_organisations_frozen_update' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER trial_organisations_frozen_update BEFORE UPDATE ON trial_organisations FOR EACH ROW EXECUTE FUNCTION trial_organisations_frozen_update()
----
CREATE FUNCTION trial_organisations_frozen_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM trials WHERE trials.id = OLD.trial_id AND trials.state <> 'draft') THEN RAISE EXCEPTION 'trial_organisations_frozen_delete' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$
----
CREATE TRIGGER trial_organisations_frozen_delete BEFORE DELETE ON trial_organisations FOR EACH ROW EXECUTE FUNCTION trial_organisations_frozen_delete()
----
CREATE FUNCTION assignments_frozen_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id IS DISTINCT FROM OLD.id OR NEW.trial_id IS DISTINCT FROM OLD.trial_id OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id OR NEW.stratum IS DISTINCT FROM OLD.stratum OR NEW.position IS DISTINCT FROM OLD.position OR NEW.arm IS DISTINCT FROM OLD.arm OR NEW.assigned_at IS DISTINCT FROM OLD.assigned_at THEN RAISE EXCEPTION 'assignments_frozen_update' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER assignments_frozen_update BEFORE UPDATE ON assignments FOR EACH ROW EXECUTE FUNCTION assignments_frozen_update()
----
CREATE FUNCTION assignments_frozen_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'assignments_frozen_delete' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$
----
CREATE TRIGGER assignments_frozen_delete BEFORE DELETE ON assignments FOR EACH ROW EXECUTE FUNCTION assignments_frozen_delete()
----
CREATE FUNCTION trial_looks_frozen_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.trial_id IS DISTINCT FROM OLD.trial_id OR NEW.number IS DISTINCT FROM OLD.number OR NEW.versus IS DISTINCT FROM OLD.versus OR NEW.at IS DISTINCT FROM OLD.at OR NEW.fraction IS DISTINCT FROM OLD.fraction OR NEW.counted::text IS DISTINCT FROM OLD.counted::text OR NEW.statistic IS DISTINCT FROM OLD.statistic OR NEW.boundary IS DISTINCT FROM OLD.boundary OR NEW.difference IS DISTINCT FROM OLD.difference OR NEW.low IS DISTINCT FROM OLD.low OR NEW.high IS DISTINCT FROM OLD.high OR NEW.crossed IS DISTINCT FROM OLD.crossed THEN RAISE EXCEPTION 'trial_looks_frozen_update' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
----
CREATE TRIGGER trial_looks_frozen_update BEFORE UPDATE ON trial_looks FOR EACH ROW EXECUTE FUNCTION trial_looks_frozen_update()
----
CREATE FUNCTION trial_looks_frozen_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'trial_looks_frozen_delete' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$
----
CREATE TRIGGER trial_looks_frozen_delete BEFORE DELETE ON trial_looks FOR EACH ROW EXECUTE FUNCTION trial_looks_frozen_delete()
----
CREATE OR REPLACE FUNCTION departments_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT follow_ups.id FROM follow_ups JOIN categories ON categories.id = follow_ups.category_id WHERE categories.department_id = NEW.id; RETURN NULL; END $$
----
CREATE TRIGGER departments_figures_update AFTER UPDATE OF timezone ON departments FOR EACH ROW WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone) EXECUTE FUNCTION departments_figures_new()
----
CREATE OR REPLACE FUNCTION beneficiaries_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT id FROM follow_ups WHERE beneficiary_id = NEW.id; RETURN NULL; END $$
----
CREATE TRIGGER beneficiaries_figures_update AFTER UPDATE OF rights_opened_on ON beneficiaries FOR EACH ROW WHEN (OLD.rights_opened_on IS DISTINCT FROM NEW.rights_opened_on) EXECUTE FUNCTION beneficiaries_figures_new()
----
CREATE OR REPLACE FUNCTION memberships_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT id FROM follow_ups WHERE beneficiary_id = NEW.beneficiary_id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION memberships_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT id FROM follow_ups WHERE beneficiary_id = OLD.beneficiary_id; RETURN NULL; END $$
----
CREATE TRIGGER memberships_figures_insert AFTER INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_figures_new()
----
CREATE TRIGGER memberships_figures_delete AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_figures_old()
----
CREATE TRIGGER memberships_figures_update AFTER UPDATE OF beneficiary_id, archived_at ON memberships FOR EACH ROW WHEN (OLD.beneficiary_id IS DISTINCT FROM NEW.beneficiary_id OR OLD.archived_at IS DISTINCT FROM NEW.archived_at) EXECUTE FUNCTION memberships_figures_new()
----
CREATE TRIGGER memberships_figures_leave AFTER UPDATE OF beneficiary_id ON memberships FOR EACH ROW WHEN (OLD.beneficiary_id IS DISTINCT FROM NEW.beneficiary_id) EXECUTE FUNCTION memberships_figures_old()
----
CREATE OR REPLACE FUNCTION follow_ups_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT OLD.id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION follow_ups_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT NEW.id; RETURN NULL; END $$
----
CREATE TRIGGER follow_ups_figures_delete AFTER DELETE ON follow_ups FOR EACH ROW EXECUTE FUNCTION follow_ups_figures_old()
----
CREATE TRIGGER follow_ups_figures_update AFTER UPDATE OF beneficiary_id, category_id ON follow_ups FOR EACH ROW WHEN (OLD.beneficiary_id IS DISTINCT FROM NEW.beneficiary_id OR OLD.category_id IS DISTINCT FROM NEW.category_id) EXECUTE FUNCTION follow_ups_figures_new()
----
CREATE OR REPLACE FUNCTION appointments_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT follow_up_id FROM participations WHERE appointment_id = NEW.id; RETURN NULL; END $$
----
CREATE TRIGGER appointments_figures_update AFTER UPDATE OF starts_at ON appointments FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at) EXECUTE FUNCTION appointments_figures_new()
----
CREATE OR REPLACE FUNCTION assignments_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT NEW.follow_up_id WHERE NEW.follow_up_id IS NOT NULL; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION assignments_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT OLD.follow_up_id WHERE OLD.follow_up_id IS NOT NULL; RETURN NULL; END $$
----
CREATE TRIGGER assignments_figures_insert AFTER INSERT ON assignments FOR EACH ROW EXECUTE FUNCTION assignments_figures_new()
----
CREATE TRIGGER assignments_figures_delete AFTER DELETE ON assignments FOR EACH ROW EXECUTE FUNCTION assignments_figures_old()
----
CREATE TRIGGER assignments_figures_update AFTER UPDATE OF follow_up_id, organisation_id, arm, assigned_at ON assignments FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id OR OLD.arm IS DISTINCT FROM NEW.arm OR OLD.assigned_at IS DISTINCT FROM NEW.assigned_at) EXECUTE FUNCTION assignments_figures_new()
----
CREATE TRIGGER assignments_figures_leave AFTER UPDATE OF follow_up_id ON assignments FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION assignments_figures_old()
----
CREATE OR REPLACE FUNCTION invitations_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT NEW.follow_up_id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION invitations_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT OLD.follow_up_id; RETURN NULL; END $$
----
CREATE TRIGGER invitations_figures_insert AFTER INSERT ON invitations FOR EACH ROW EXECUTE FUNCTION invitations_figures_new()
----
CREATE TRIGGER invitations_figures_delete AFTER DELETE ON invitations FOR EACH ROW EXECUTE FUNCTION invitations_figures_old()
----
CREATE TRIGGER invitations_figures_update AFTER UPDATE OF follow_up_id, organisation_id, mode, created_at, answered_at, to_mobile, end_reason ON invitations FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id OR OLD.mode IS DISTINCT FROM NEW.mode OR OLD.created_at IS DISTINCT FROM NEW.created_at OR OLD.answered_at IS DISTINCT FROM NEW.answered_at OR OLD.to_mobile IS DISTINCT FROM NEW.to_mobile OR (COALESCE(OLD.end_reason, '') = 'taken_back') IS DISTINCT FROM (COALESCE(NEW.end_reason, '') = 'taken_back')) EXECUTE FUNCTION invitations_figures_new()
----
CREATE TRIGGER invitations_figures_leave AFTER UPDATE OF follow_up_id ON invitations FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION invitations_figures_old()
----
CREATE OR REPLACE FUNCTION participations_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT NEW.follow_up_id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION participations_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT OLD.follow_up_id; RETURN NULL; END $$
----
CREATE TRIGGER participations_figures_insert AFTER INSERT ON participations FOR EACH ROW EXECUTE FUNCTION participations_figures_new()
----
CREATE TRIGGER participations_figures_delete AFTER DELETE ON participations FOR EACH ROW EXECUTE FUNCTION participations_figures_old()
----
CREATE TRIGGER participations_figures_update AFTER UPDATE OF follow_up_id, appointment_id, outcome, created_by, created_at ON participations FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id OR OLD.appointment_id IS DISTINCT FROM NEW.appointment_id OR OLD.outcome IS DISTINCT FROM NEW.outcome OR OLD.created_by IS DISTINCT FROM NEW.created_by OR OLD.created_at IS DISTINCT FROM NEW.created_at) EXECUTE FUNCTION participations_figures_new()
----
CREATE TRIGGER participations_figures_leave AFTER UPDATE OF follow_up_id ON participations FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION participations_figures_old()
----
CREATE OR REPLACE FUNCTION callback_requests_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT NEW.follow_up_id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION callback_requests_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT OLD.follow_up_id; RETURN NULL; END $$
----
CREATE TRIGGER callback_requests_figures_insert AFTER INSERT ON callback_requests FOR EACH ROW EXECUTE FUNCTION callback_requests_figures_new()
----
CREATE TRIGGER callback_requests_figures_delete AFTER DELETE ON callback_requests FOR EACH ROW EXECUTE FUNCTION callback_requests_figures_old()
----
CREATE TRIGGER callback_requests_figures_update AFTER UPDATE OF follow_up_id, created_at ON callback_requests FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id OR OLD.created_at IS DISTINCT FROM NEW.created_at) EXECUTE FUNCTION callback_requests_figures_new()
----
CREATE TRIGGER callback_requests_figures_leave AFTER UPDATE OF follow_up_id ON callback_requests FOR EACH ROW WHEN (OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION callback_requests_figures_old()
----
CREATE OR REPLACE FUNCTION messages_figures_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT follow_up_id FROM invitations WHERE id = NEW.invitation_id UNION SELECT follow_up_id FROM participations WHERE id = NEW.participation_id; RETURN NULL; END $$
----
CREATE OR REPLACE FUNCTION messages_figures_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO figure_changes (follow_up_id) SELECT follow_up_id FROM invitations WHERE id = OLD.invitation_id UNION SELECT follow_up_id FROM participations WHERE id = OLD.participation_id; RETURN NULL; END $$
----
CREATE TRIGGER messages_figures_insert AFTER INSERT ON messages FOR EACH ROW WHEN ((NEW.kind IN ('invitation', 'proposition', 'convocation') OR NEW.state = 'delivered')) EXECUTE FUNCTION messages_figures_new()
----
CREATE TRIGGER messages_figures_delete AFTER DELETE ON messages FOR EACH ROW WHEN ((OLD.kind IN ('invitation', 'proposition', 'convocation') OR OLD.state = 'delivered')) EXECUTE FUNCTION messages_figures_old()
----
CREATE TRIGGER messages_figures_update AFTER UPDATE OF invitation_id, participation_id, kind, channel, replaces_id, state, settled_at ON messages FOR EACH ROW WHEN (OLD.invitation_id IS DISTINCT FROM NEW.invitation_id OR OLD.participation_id IS DISTINCT FROM NEW.participation_id OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.channel IS DISTINCT FROM NEW.channel OR OLD.replaces_id IS DISTINCT FROM NEW.replaces_id OR CASE WHEN OLD.state = 'delivered' THEN OLD.settled_at END IS DISTINCT FROM CASE WHEN NEW.state = 'delivered' THEN NEW.settled_at END) EXECUTE FUNCTION messages_figures_new()
----
CREATE OR REPLACE FUNCTION beneficiaries_noticed_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL, state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE participation_id IN (SELECT participations.id FROM participations WHERE beneficiary_id = NEW.id); RETURN NULL; END $$
----
CREATE TRIGGER beneficiaries_noticed_0 AFTER UPDATE OF france_travail_id, phone ON beneficiaries FOR EACH ROW WHEN (OLD.france_travail_id IS DISTINCT FROM NEW.france_travail_id OR OLD.phone IS DISTINCT FROM NEW.phone) EXECUTE FUNCTION beneficiaries_noticed_0()
----
CREATE OR REPLACE FUNCTION appointments_noticed_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL, state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE participation_id IN (SELECT participations.id FROM participations WHERE appointment_id = NEW.id); RETURN NULL; END $$
----
CREATE TRIGGER appointments_noticed_0 AFTER UPDATE OF starts_at, ends_at, place_id, type_id, cancelled_at, moved_at ON appointments FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.ends_at IS DISTINCT FROM NEW.ends_at OR OLD.place_id IS DISTINCT FROM NEW.place_id OR OLD.type_id IS DISTINCT FROM NEW.type_id OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at OR OLD.moved_at IS DISTINCT FROM NEW.moved_at) EXECUTE FUNCTION appointments_noticed_0()
----
CREATE OR REPLACE FUNCTION participations_noticed_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO job_centre_notices (participation_id, organisation_id) SELECT NEW.id, appointments.organisation_id FROM appointments JOIN organisations ON organisations.id = appointments.organisation_id WHERE appointments.id = NEW.appointment_id AND organisations.job_centre_since IS NOT NULL; RETURN NULL; END $$
----
CREATE TRIGGER participations_noticed_0 AFTER INSERT ON participations FOR EACH ROW EXECUTE FUNCTION participations_noticed_0()
----
CREATE OR REPLACE FUNCTION participations_noticed_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL, state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE participation_id = NEW.id; RETURN NULL; END $$
----
CREATE TRIGGER participations_noticed_1 AFTER UPDATE OF outcome, appointment_id, beneficiary_id ON participations FOR EACH ROW WHEN (OLD.outcome IS DISTINCT FROM NEW.outcome OR OLD.appointment_id IS DISTINCT FROM NEW.appointment_id OR OLD.beneficiary_id IS DISTINCT FROM NEW.beneficiary_id) EXECUTE FUNCTION participations_noticed_1()
----
CREATE OR REPLACE FUNCTION participations_noticed_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL, participation_id = NULL, told_hash = '', state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE participation_id = OLD.id; RETURN NULL; END $$
----
CREATE TRIGGER participations_noticed_2 AFTER DELETE ON participations FOR EACH ROW EXECUTE FUNCTION participations_noticed_2()
----
CREATE OR REPLACE FUNCTION beneficiaries_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT memberships.beneficiary_id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships WHERE memberships.beneficiary_id = NEW.id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER beneficiaries_told_0 AFTER UPDATE OF first_name, last_name, birth_name, birth_on, title, role, email, phone, address, affiliation_number, department_internal_id, france_travail_id, rights_opened_on ON beneficiaries FOR EACH ROW WHEN ((OLD.first_name IS DISTINCT FROM NEW.first_name OR OLD.last_name IS DISTINCT FROM NEW.last_name OR OLD.birth_name IS DISTINCT FROM NEW.birth_name OR OLD.birth_on IS DISTINCT FROM NEW.birth_on OR OLD.title IS DISTINCT FROM NEW.title OR OLD.role IS DISTINCT FROM NEW.role OR OLD.email IS DISTINCT FROM NEW.email OR OLD.phone IS DISTINCT FROM NEW.phone OR OLD.address IS DISTINCT FROM NEW.address OR OLD.affiliation_number IS DISTINCT FROM NEW.affiliation_number OR OLD.department_internal_id IS DISTINCT FROM NEW.department_internal_id OR OLD.france_travail_id IS DISTINCT FROM NEW.france_travail_id OR OLD.rights_opened_on IS DISTINCT FROM NEW.rights_opened_on)) EXECUTE FUNCTION beneficiaries_told_0()
----
CREATE OR REPLACE FUNCTION memberships_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'created' FROM webhook_endpoints JOIN (SELECT NEW.beneficiary_id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER memberships_told_0 AFTER INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_told_0()
----
CREATE OR REPLACE FUNCTION memberships_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT NEW.beneficiary_id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER memberships_told_1 AFTER UPDATE OF archived_at ON memberships FOR EACH ROW WHEN ((OLD.archived_at IS DISTINCT FROM NEW.archived_at)) EXECUTE FUNCTION memberships_told_1()
----
CREATE OR REPLACE FUNCTION memberships_told_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'destroyed' FROM webhook_endpoints JOIN (SELECT OLD.beneficiary_id AS resource_id, OLD.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER memberships_told_2 AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION memberships_told_2()
----
CREATE OR REPLACE FUNCTION referents_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT memberships.beneficiary_id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships WHERE memberships.beneficiary_id = NEW.beneficiary_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER referents_told_0 AFTER INSERT ON referents FOR EACH ROW EXECUTE FUNCTION referents_told_0()
----
CREATE OR REPLACE FUNCTION referents_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT memberships.beneficiary_id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships WHERE memberships.beneficiary_id = OLD.beneficiary_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER referents_told_1 AFTER DELETE ON referents FOR EACH ROW EXECUTE FUNCTION referents_told_1()
----
CREATE OR REPLACE FUNCTION follow_ups_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'follow_up', told.resource_id, 'created' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships JOIN category_settings ON category_settings.organisation_id = memberships.organisation_id WHERE memberships.beneficiary_id = NEW.beneficiary_id AND category_settings.category_id = NEW.category_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_follow_up; RETURN NULL; END $$
----
CREATE TRIGGER follow_ups_told_0 AFTER INSERT ON follow_ups FOR EACH ROW EXECUTE FUNCTION follow_ups_told_0()
----
CREATE OR REPLACE FUNCTION follow_ups_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'follow_up', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships JOIN category_settings ON category_settings.organisation_id = memberships.organisation_id WHERE memberships.beneficiary_id = NEW.beneficiary_id AND category_settings.category_id = NEW.category_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_follow_up; RETURN NULL; END $$
----
CREATE TRIGGER follow_ups_told_1 AFTER UPDATE OF status, closed_at ON follow_ups FOR EACH ROW WHEN ((OLD.status IS DISTINCT FROM NEW.status OR OLD.closed_at IS DISTINCT FROM NEW.closed_at)) EXECUTE FUNCTION follow_ups_told_1()
----
CREATE OR REPLACE FUNCTION follow_ups_told_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'follow_up', told.resource_id, 'destroyed' FROM webhook_endpoints JOIN (SELECT OLD.id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships JOIN category_settings ON category_settings.organisation_id = memberships.organisation_id WHERE memberships.beneficiary_id = OLD.beneficiary_id AND category_settings.category_id = OLD.category_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_follow_up; RETURN NULL; END $$
----
CREATE TRIGGER follow_ups_told_2 AFTER DELETE ON follow_ups FOR EACH ROW EXECUTE FUNCTION follow_ups_told_2()
----
CREATE OR REPLACE FUNCTION taggings_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT memberships.beneficiary_id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships WHERE memberships.beneficiary_id = NEW.beneficiary_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER taggings_told_0 AFTER INSERT ON taggings FOR EACH ROW EXECUTE FUNCTION taggings_told_0()
----
CREATE OR REPLACE FUNCTION taggings_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'user', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT memberships.beneficiary_id AS resource_id, memberships.organisation_id AS organisation_id FROM memberships WHERE memberships.beneficiary_id = OLD.beneficiary_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_user; RETURN NULL; END $$
----
CREATE TRIGGER taggings_told_1 AFTER DELETE ON taggings FOR EACH ROW EXECUTE FUNCTION taggings_told_1()
----
CREATE OR REPLACE FUNCTION appointments_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'created' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER appointments_told_0 AFTER INSERT ON appointments FOR EACH ROW WHEN (NEW.held_until IS NULL) EXECUTE FUNCTION appointments_told_0()
----
CREATE OR REPLACE FUNCTION appointments_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'created' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER appointments_told_1 AFTER UPDATE OF held_until ON appointments FOR EACH ROW WHEN (OLD.held_until IS NOT NULL AND NEW.held_until IS NULL) EXECUTE FUNCTION appointments_told_1()
----
CREATE OR REPLACE FUNCTION appointments_told_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER appointments_told_2 AFTER UPDATE OF starts_at, ends_at, place_id, type_id, seats, title, cancelled_at, moved_at ON appointments FOR EACH ROW WHEN (OLD.held_until IS NULL AND NEW.held_until IS NULL AND (OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.ends_at IS DISTINCT FROM NEW.ends_at OR OLD.place_id IS DISTINCT FROM NEW.place_id OR OLD.type_id IS DISTINCT FROM NEW.type_id OR OLD.seats IS DISTINCT FROM NEW.seats OR OLD.title IS DISTINCT FROM NEW.title OR OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at OR OLD.moved_at IS DISTINCT FROM NEW.moved_at)) EXECUTE FUNCTION appointments_told_2()
----
CREATE OR REPLACE FUNCTION appointments_told_3() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'destroyed' FROM webhook_endpoints JOIN (SELECT OLD.id AS resource_id, OLD.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER appointments_told_3 AFTER DELETE ON appointments FOR EACH ROW WHEN (OLD.held_until IS NULL) EXECUTE FUNCTION appointments_told_3()
----
CREATE OR REPLACE FUNCTION invitations_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'invitation', told.resource_id, 'created' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_invitation; RETURN NULL; END $$
----
CREATE TRIGGER invitations_told_0 AFTER INSERT ON invitations FOR EACH ROW EXECUTE FUNCTION invitations_told_0()
----
CREATE OR REPLACE FUNCTION invitations_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'invitation', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT NEW.id AS resource_id, NEW.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_invitation; RETURN NULL; END $$
----
CREATE TRIGGER invitations_told_1 AFTER UPDATE OF answered_at, ended_at, expires_at ON invitations FOR EACH ROW WHEN ((OLD.answered_at IS DISTINCT FROM NEW.answered_at OR OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)) EXECUTE FUNCTION invitations_told_1()
----
CREATE OR REPLACE FUNCTION invitations_told_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'invitation', told.resource_id, 'destroyed' FROM webhook_endpoints JOIN (SELECT OLD.id AS resource_id, OLD.organisation_id AS organisation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_invitation; RETURN NULL; END $$
----
CREATE TRIGGER invitations_told_2 AFTER DELETE ON invitations FOR EACH ROW EXECUTE FUNCTION invitations_told_2()
----
CREATE OR REPLACE FUNCTION participations_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT appointments.id AS resource_id, appointments.organisation_id AS organisation_id FROM appointments WHERE appointments.id = NEW.appointment_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER participations_told_0 AFTER INSERT ON participations FOR EACH ROW EXECUTE FUNCTION participations_told_0()
----
CREATE OR REPLACE FUNCTION participations_told_1() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT appointments.id AS resource_id, appointments.organisation_id AS organisation_id FROM appointments WHERE appointments.id = NEW.appointment_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER participations_told_1 AFTER UPDATE OF outcome ON participations FOR EACH ROW WHEN ((OLD.outcome IS DISTINCT FROM NEW.outcome)) EXECUTE FUNCTION participations_told_1()
----
CREATE OR REPLACE FUNCTION participations_told_2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'rdv', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT appointments.id AS resource_id, appointments.organisation_id AS organisation_id FROM appointments WHERE appointments.id = OLD.appointment_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_rdv; RETURN NULL; END $$
----
CREATE TRIGGER participations_told_2 AFTER DELETE ON participations FOR EACH ROW EXECUTE FUNCTION participations_told_2()
----
CREATE OR REPLACE FUNCTION messages_told_0() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO webhook_events (endpoint_id, resource, resource_id, happening) SELECT webhook_endpoints.id, 'invitation', told.resource_id, 'updated' FROM webhook_endpoints JOIN (SELECT invitations.id AS resource_id, invitations.organisation_id AS organisation_id FROM invitations WHERE invitations.id = NEW.invitation_id) AS told ON told.organisation_id = webhook_endpoints.organisation_id WHERE webhook_endpoints.removed_at IS NULL AND webhook_endpoints.tells_invitation; RETURN NULL; END $$
----
CREATE TRIGGER messages_told_0 AFTER UPDATE OF settled_at ON messages FOR EACH ROW WHEN (NEW.invitation_id IS NOT NULL AND (OLD.settled_at IS DISTINCT FROM NEW.settled_at OR OLD.state IS DISTINCT FROM NEW.state)) EXECUTE FUNCTION messages_told_0()
