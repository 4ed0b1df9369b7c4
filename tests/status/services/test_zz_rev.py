from tests.status.services.test_robot import *
def test_x(session, robot):
    robot(Action.OPEN, 0, (2, Impact.PARTIAL), public=False, internal=True)
    e = robot(Action.PUBLISH, 60, (2, Impact.FULL), internal=False)
    print("EVENT", e.publication, e.impact, e.internal, [(r.component_id, r.impact) for r in session.scalars(sa.select(EventComponent))], [(p.action,p.impact) for p in posts(session)])
