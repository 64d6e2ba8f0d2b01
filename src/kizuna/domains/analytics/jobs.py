"""Jobs of the domain."""

from kizuna.domains.analytics.service import cache, mailing, runs, scores_run
from kizuna.kernel.jobs import Job

JOBS = (
    Job(runs.RUN_TASK, runs.run_question, scope="long", retries=0),
    Job(mailing.SEND_TASK, mailing.send_mailing, scope="long", queue="mail", retries=10),
    # Zones are whole quarters of an hour apart: so an hour begins on time everywhere.
    Job("analytics:queue_mailings", mailing.queue_due, scope="system", cron="0,15,30,45 * * * *", retries=0),
    Job("analytics:sweep_results", cache.sweep_results, scope="system", cron="53 * * * *", retries=0),
    Job(scores_run.RUN_TASK, scores_run.run_tracked, scope="long", retries=0),
    Job(scores_run.DUE_TASK, scores_run.run_due, scope="long", retries=0),
    Job(scores_run.CLEAR_TASK, scores_run.clear_score, scope="long"),
    # Zones are whole quarters of an hour apart: so nights begin on time everywhere.
    Job("analytics:schedule_scores", scores_run.queue_due, scope="system", cron="7,22,37,52 * * * *", retries=0),
)
