"""Routes of the import pages, included below `imports/`."""

from django.urls import URLPattern, URLResolver, path

from cases.views import (
    import_approval,
    import_files,
    import_lists,
    import_run,
    import_undo,
    import_unlock,
    imports,
    layouts,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", imports.inbox, name="imports"),
    path("upload/", imports.upload, name="import_upload"),
    path("template/", import_files.template, name="import_template"),
    path("layouts/", layouts.layouts, name="layouts"),
    path("<int:run_id>/", import_run.page, name="import_run"),
    path("<int:run_id>/step/", import_run.step, name="import_step"),
    path("<int:run_id>/answers/", import_run.answer, name="import_answer"),
    path("<int:run_id>/unlock/", import_unlock.unlock, name="import_unlock"),
    path("<int:run_id>/apply/", import_run.apply, name="import_apply"),
    path("<int:run_id>/totals/", import_approval.expect, name="import_expect"),
    path("<int:run_id>/submit/", import_approval.submit, name="import_submit"),
    path("<int:run_id>/withdraw/", import_approval.withdraw, name="import_withdraw"),
    path("<int:run_id>/approve/", import_approval.approve, name="import_approve"),
    path("<int:run_id>/return/", import_approval.send_back, name="import_return"),
    path("<int:run_id>/discard/", import_run.discard, name="import_discard"),
    path("<int:run_id>/undo/", import_run.undo, name="import_undo"),
    path("<int:run_id>/undo/check/", import_undo.check, name="import_undo_check"),
    path("<int:run_id>/undo/blocked/", import_undo.blocked, name="import_undo_blocked"),
    path("<int:run_id>/rows/<slug:difference>/", import_lists.rows, name="import_rows"),
    path("<int:run_id>/problems/", import_lists.problems, name="import_problems"),
    path("<int:run_id>/file/", import_files.original, name="import_file"),
    path("<int:run_id>/errors/", import_files.make_errors, name="import_errors"),
    path("<int:run_id>/errors/<int:job_id>/", import_files.errors, name="import_errors_file"),
]
