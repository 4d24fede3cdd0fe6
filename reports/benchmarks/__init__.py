"""What figures cost on a book of years, against facts asked by hand in the same run.

`kpi` puts it together, `kpi_book` builds the book, `kpi_step` is what each measured process does.
"""
