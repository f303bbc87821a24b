"""Limits the size of forms with a file.

A form that is too large is refused by its declared length, before anything is stored. Django only limits the other
fields of such a form, and would write a file of any size to the disk.
"""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class BoundedUpload(MemoryFileUploadHandler):
    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # type: ignore[no-untyped-def]
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)
