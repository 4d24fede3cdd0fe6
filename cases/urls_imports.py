"""Routes of the import pages, included below `imports/`."""

from django.urls import URLPattern, URLResolver, path

from cases.views import import_files, import_lists, import_run, imports, layouts

urlpatterns: list[URLPattern | URLResolver] = [
    path("", imports.inbox, name="imports"),
    path("upload/", imports.upload, name="import_upload"),
    path("template/", import_files.template, name="import_template"),
    path("layouts/", layouts.layouts, name="layouts"),
    path("<int:run_id>/", import_run.page, name="import_run"),
    path("<int:run_id>/step/", import_run.step, name="import_step"),
    path("<int:run_id>/answers/", import_run.answer, name="import_answer"),
    path("<int:run_id>/apply/", import_run.apply, name="import_apply"),
    path("<int:run_id>/discard/", import_run.discard, name="import_discard"),
    path("<int:run_id>/undo/", import_run.undo, name="import_undo"),
    path("<int:run_id>/rows/<slug:difference>/", import_lists.rows, name="import_rows"),
    path("<int:run_id>/problems/", import_lists.problems, name="import_problems"),
    path("<int:run_id>/file/", import_files.original, name="import_file"),
    path("<int:run_id>/errors/", import_files.make_errors, name="import_errors"),
    path("<int:run_id>/errors/<int:job_id>/", import_files.errors, name="import_errors_file"),
]
